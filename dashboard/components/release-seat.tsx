import type { SeatListResponse, SessionListResponse } from "../../shared/contract/responses.ts";
import { useDashboard } from "../data/context.ts";
import { useResource } from "../data/resource.ts";
import { type Seat, sessionsOfSeat } from "../model/seat.ts";
import { Name } from "./basics.tsx";
import { Confirm } from "./dialog.tsx";
import { useAllowed } from "./permission.ts";

type ReleaseSeatProps = {
  seat: Seat;
  trackingMode: SeatListResponse["tracking_mode"];
  onClose: (released: boolean) => void;
};

/** Asks before releasing a seat, and warns when its user has live sessions. */
export const ReleaseSeat = ({ seat, trackingMode, onClose }: ReleaseSeatProps) => {
  const { api, announce } = useDashboard();
  const live = seat.live_sessions ?? 0;
  return (
    <Confirm
      title="Release this seat?"
      label={live > 0 ? "Release anyway" : "Release seat"}
      action={() => api("seatRelease", { id: seat.id })}
      onClose={(done) => {
        if (done) announce(`Seat of ${seat.kubernetes_username} released.`);
        onClose(done);
      }}
    >
      <p>
        The seat of{" "}
        <strong>
          <Name text={seat.kubernetes_username} />
        </strong>{" "}
        on <Name text={seat.client_hostname} /> becomes free. The user's next session claims a seat again.
      </p>
      {live > 0 && <LiveSessionWarning seat={seat} trackingMode={trackingMode} live={live} />}
    </Confirm>
  );
};

type WarningProps = { seat: Seat; trackingMode: SeatListResponse["tracking_mode"]; live: number };

const LiveSessionWarning = ({ seat, trackingMode, live }: WarningProps) => {
  const { formats } = useDashboard();
  const mayList = useAllowed("sessionList");
  return (
    <div class="notice warn" role="alert">
      <p>
        <strong>This user has {formats.count(live, "live session")}.</strong>{" "}
        {live === 1 ? "It continues" : "They continue"} without a seat, and another user can take the seat.
      </p>
      {mayList && <SessionNames seat={seat} trackingMode={trackingMode} />}
    </div>
  );
};

const SHOWN_SESSIONS = 5;

/** The sessions by name. They are a help: without them the warning above still gives their number. */
const SessionNames = ({ seat, trackingMode }: Omit<WarningProps, "live">) => {
  const { formats } = useDashboard();
  const { value } = useResource<SessionListResponse>(
    `sessions of ${seat.id}`,
    (api, signal) => api("sessionList", { query: { user: seat.kubernetes_username }, signal }),
    { maxAgeMs: 0, isShown: () => false },
  );
  const sessions = value === undefined ? [] : sessionsOfSeat(seat, value.sessions, trackingMode);
  if (sessions.length === 0) return null;
  return (
    <ul class="names">
      {sessions.slice(0, SHOWN_SESSIONS).map(({ id, target, namespace, duration_secs: seconds }) => (
        <li key={id}>
          <code>{id}</code> on <Name text={target} /> in {namespace}, {formats.duration(seconds)}
        </li>
      ))}
      {sessions.length > SHOWN_SESSIONS && <li>and {formats.number(sessions.length - SHOWN_SESSIONS)} more</li>}
    </ul>
  );
};
