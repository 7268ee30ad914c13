import { useState } from "preact/hooks";
import type { SeatListResponse } from "../../shared/contract/responses.ts";
import { Badge, Card, Name, Panel, Share, Time } from "../components/basics.tsx";
import { Denials } from "../components/denials.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Part } from "../components/loaded.tsx";
import { useAllowed } from "../components/permission.ts";
import { seatTone } from "../components/seat-card.tsx";
import { type Column, Table } from "../components/table.tsx";
import { useDashboard } from "../data/context.ts";
import { useDenials, useSeats } from "../data/resources.ts";
import { rangeTitle } from "../model/period.ts";

type Seat = NonNullable<SeatListResponse["seats"]>[number];

/** Who holds the seats of the current period, and who was refused one. */
export const SeatsView = () => {
  const { place } = useDashboard();
  const seats = useSeats();
  const denials = useDenials(place.range);
  return (
    <>
      <Part resource={seats} what="the seats">
        {(value) => (
          <>
            <SeatCards seats={value} />
            <Panel title="Who holds a seat">
              <Holders seats={value} onChanged={seats.reload} />
            </Panel>
          </>
        )}
      </Part>
      <Panel
        title={`Denials, ${rangeTitle(place.range)}`}
        note="Sessions refused for want of a seat, by user and day (UTC); a retry of the same session does not count."
      >
        <Part resource={denials} what="the denials">
          {(value) => <Denials report={value} />}
        </Part>
      </Panel>
    </>
  );
};

const SeatCards = ({ seats }: { seats: SeatListResponse }) => {
  const { formats } = useDashboard();
  const { used, max, available, overage, period, tracking_mode: mode } = seats;
  return (
    <section class="cards" aria-label="Seats">
      <Card
        title="Seats used"
        value={formats.number(used)}
        detail={max === null ? "of unlimited" : `of ${formats.number(max)} acquired`}
      >
        {max !== null && <Share of={used} whole={max} tone={seatTone(used, max)} />}
      </Card>
      <Card title="Available" value={available === null ? "Unlimited" : formats.number(available)} />
      <Card title="Overage" value={formats.number(overage)} detail="claimed beyond the license" />
      <Card
        title="Period"
        value={
          <span class="name">
            <span title={`${formats.utc(period.from)} – ${formats.utc(period.to)}`}>
              {formats.dates(period.from, period.to)}
            </span>
          </span>
        }
        detail={mode === "ClientCertificate" ? "one seat for each machine" : "one seat for each Kubernetes user"}
      />
    </section>
  );
};

const Holders = ({ seats, onChanged }: { seats: SeatListResponse; onChanged: () => void }) => {
  const { api, formats, announce } = useDashboard();
  const mayRelease = useAllowed("seatRelease");
  const [chosen, setChosen] = useState<Seat>();
  return (
    <>
      <Table
        name="seats"
        caption="Who holds a seat"
        columns={[...COLUMNS, ...(mayRelease ? [releaseColumn(setChosen)] : [])]}
        rows={seats.seats ?? []}
        rowKey={(seat) => seat.id}
        sort={{ column: "claimed", direction: "descending" }}
        empty="Nobody holds a seat in this period yet."
      />
      {typeof seats.next === "string" && (
        <p class="note">There are more; the first {formats.number(seats.seats?.length ?? 0)} are shown.</p>
      )}
      {chosen !== undefined && (
        <Confirm
          title="Release this seat?"
          verb="Release seat"
          act={() => api("seatRelease", { id: chosen.id })}
          onClose={(done) => {
            setChosen(undefined);
            if (!done) return;
            announce(`The seat of ${chosen.kubernetes_username} is released.`);
            onChanged();
          }}
        >
          <p>
            The seat of{" "}
            <strong>
              <Name text={chosen.kubernetes_username} />
            </strong>{" "}
            on <Name text={chosen.client_hostname} /> becomes free now. The user's next session claims a seat again.
          </p>
        </Confirm>
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
  {
    id: "kind",
    title: "Kind",
    value: (seat) => (seat.overage ? "overage" : "seat"),
    show: (seat) => (seat.overage ? <Badge tone="warn">overage</Badge> : <Badge tone="good">seat</Badge>),
  },
];

const releaseColumn = (choose: (seat: Seat) => void): Column<Seat> => ({
  id: "release",
  title: "Release",
  act: true,
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
