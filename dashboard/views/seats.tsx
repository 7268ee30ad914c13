import { useState } from "preact/hooks";
import type { SeatListResponse } from "../../shared/contract/responses.ts";
import { Badge, Card, Panel, ShareBar, Time } from "../components/basics.tsx";
import { Denials } from "../components/denials.tsx";
import { Loaded } from "../components/loaded.tsx";
import { useAllowed } from "../components/permission.ts";
import { RangeChoice } from "../components/range-choice.tsx";
import { ReleaseSeat } from "../components/release-seat.tsx";
import { seatTone } from "../components/seat-card.tsx";
import { SeatHistory } from "../components/seat-history.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useDashboard } from "../data/context.ts";
import { useDenials, useSeatHistory, useSeats } from "../data/resources.ts";
import type { Formats } from "../model/format.ts";
import { rangeTitle } from "../model/period.ts";
import type { Seat } from "../model/seat.ts";

/** The seat holders of the current period, the history of seats, and the sessions that were refused a seat. */
export const SeatsView = () => {
  const { place } = useDashboard();
  const seats = useSeats();
  const denials = useDenials(place.range);
  const history = useSeatHistory(place.range);
  return (
    <>
      <Loaded resource={seats} what="seats">
        {(value) => (
          <>
            <SeatCards seats={value} />
            <Panel title="Seat holders">
              <Holders seats={value} onChanged={seats.reload} />
            </Panel>
          </>
        )}
      </Loaded>
      <Panel
        title={`Seat history, ${rangeTitle(place.range)}`}
        note="Closed days (UTC): the most seats held at once, the maximum, and users with a session that ran on the day."
      >
        <Loaded resource={history} what="the seat history">
          {(value) => <SeatHistory days={value.days} />}
        </Loaded>
      </Panel>
      <Panel
        title={`Refused sessions, ${rangeTitle(place.range)}`}
        tools={<RangeChoice />}
        note="Sessions refused because no seat was free, per user and day (UTC). Retries of a session count once. Seats needed are per day with use."
      >
        <Loaded resource={denials} what="refused sessions">
          {(value) => <Denials report={value} />}
        </Loaded>
      </Panel>
    </>
  );
};

const SeatCards = ({ seats }: { seats: SeatListResponse }) => {
  const { formats } = useDashboard();
  const { used, max, available, overage, period, mode, tracking_mode: trackingMode } = seats;
  return (
    <section class="cards" aria-label="Seats">
      <Card
        title="Seats used"
        value={formats.number(used)}
        detail={max === null ? "of unlimited" : `of ${formats.number(max)}`}
      >
        {max !== null && <ShareBar of={used} whole={max} tone={seatTone(used, max)} />}
      </Card>
      <Card title="Available" value={available === null ? "Unlimited" : formats.number(available)} />
      <Card title="Overage" value={formats.number(overage)} detail="over the license" />
      <Card
        title="Period"
        value={
          <span class="name">
            {mode === "floating" ? (
              "Floating"
            ) : (
              <span title={`${formats.utc(period.from)} – ${formats.utc(period.to)}`}>
                {formats.dates(period.from, period.to)}
              </span>
            )}
          </span>
        }
        detail={trackingMode === "ClientCertificate" ? "One seat per machine" : "One seat per Kubernetes user"}
      />
    </section>
  );
};

const Holders = ({ seats, onChanged }: { seats: SeatListResponse; onChanged: () => void }) => {
  const { formats } = useDashboard();
  const mayRelease = useAllowed("seatRelease");
  const [chosen, setChosen] = useState<Seat>();
  const rows = seats.seats ?? [];
  return (
    <>
      <Table
        name="seats"
        caption="Seat holders"
        columns={[
          ...COLUMNS,
          liveColumn(formats),
          ...(seats.overage > 0 ? [OVERAGE_COLUMN] : []),
          ...(rows.some(({ pool }) => pool !== undefined) ? [POOL_COLUMN] : []),
          ...(mayRelease ? [releaseColumn(setChosen)] : []),
        ]}
        rows={rows}
        rowKey={(seat) => seat.id}
        sort={{ column: "claimed", direction: "descending" }}
        empty="No seats claimed yet."
      />
      {typeof seats.next === "string" && (
        <p class="note">Only the first {formats.number(rows.length)} seats are shown.</p>
      )}
      {chosen !== undefined && (
        <ReleaseSeat
          seat={chosen}
          trackingMode={seats.tracking_mode}
          onClose={(released) => {
            setChosen(undefined);
            if (released) onChanged();
          }}
        />
      )}
    </>
  );
};

const COLUMNS: readonly Column<Seat>[] = [
  { id: "user", title: "Kubernetes user", value: (seat) => seat.kubernetes_username },
  { id: "host", title: "Machine", value: (seat) => seat.client_hostname },
  { id: "machine-user", title: "Machine user", value: (seat) => seat.client_username },
  { id: "claimed", title: "Claimed", value: (seat) => seat.claimed_at, show: (seat) => <Time at={seat.claimed_at} /> },
  { id: "seen", title: "Last seen", value: (seat) => seat.last_seen, show: (seat) => <Time at={seat.last_seen} /> },
];

const liveColumn = (formats: Formats): Column<Seat> => ({
  id: "live",
  title: "Live sessions",
  numeric: true,
  value: (seat) => seat.live_sessions ?? 0,
  show: (seat) => formats.number(seat.live_sessions ?? 0),
});

const OVERAGE_COLUMN: Column<Seat> = {
  id: "overage",
  title: "Overage",
  value: (seat) => (seat.overage ? "overage" : ""),
  show: (seat) => seat.overage && <Badge tone="warn">overage</Badge>,
};

// Present where seats are reserved. Seats claimed before are common.
const POOL_COLUMN: Column<Seat> = { id: "pool", title: "Pool", value: (seat) => seat.pool ?? "common" };

const releaseColumn = (choose: (seat: Seat) => void): Column<Seat> => ({
  id: "release",
  title: "Release",
  actions: true,
  value: () => null,
  show: (seat) => (
    <button type="button" class="small danger" onClick={() => choose(seat)}>
      Release
      <span class="visually-hidden">
        {" "}
        the seat of {seat.kubernetes_username} on {seat.client_hostname}
      </span>
    </button>
  ),
});
