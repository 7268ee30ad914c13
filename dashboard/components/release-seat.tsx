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

type Session = SessionListResponse["sessions"][number];

/** Asks before releasing a seat, and warns when its user has live sessions. */
export const ReleaseSeat = ({ seat, trackingMode, onClose }: ReleaseSeatProps) => {
  const { api, announce } = useDashboard();
  const sessions = useSessionsOf(seat, trackingMode);
  // The list of seats can be minutes old: a session that started since counts, too.
  const live = Math.max(seat.live_sessions ?? 0, sessions.length);
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
      {live > 0 && <LiveSessionWarning live={live} sessions={sessions} />}
    </Confirm>
  );
};

/** The live sessions of a seat; none while they load, when the request fails, or without the scope. */
const useSessionsOf = (seat: Seat, trackingMode: SeatListResponse["tracking_mode"]): Session[] => {
  const mayList = useAllowed("sessionList");
  const { value } = useResource<SessionListResponse>(
    `sessions of ${seat.id}`,
    async (api, signal) =>
      mayList
        ? api("sessionList", { query: { user: seat.kubernetes_username }, signal })
        : { ok: true, value: { sessions: [], next: null } },
    { maxAgeMs: 0, isShown: () => false },
  );
  return value === undefined ? [] : sessionsOfSeat(seat, value.sessions, trackingMode);
};

const SHOWN_SESSIONS = 5;

const LiveSessionWarning = ({ live, sessions }: { live: number; sessions: readonly Session[] }) => {
  const { formats } = useDashboard();
  const shown = sessions.slice(0, SHOWN_SESSIONS);
  return (
    <div class="notice warn" role="alert">
      <p>
        <strong>This user has {formats.count(live, "live session")}.</strong>{" "}
        {live === 1 ? "It continues" : "They continue"} without a seat, and another user can take the seat.
      </p>
      {shown.length > 0 && (
        <ul class="names">
          {shown.map(({ id, target, namespace, duration_secs: seconds }) => (
            <li key={id}>
              <code>{id}</code> on <Name text={target} /> in {namespace}, {formats.duration(seconds)}
            </li>
          ))}
          {live > shown.length && <li>and {formats.number(live - shown.length)} more</li>}
        </ul>
      )}
    </div>
  );
};
