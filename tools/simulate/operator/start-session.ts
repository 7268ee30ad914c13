import { isTransient } from "../../../agent/wire/backoff.ts";
import type { UserStart } from "../../../agent/wire/bodies.ts";
import { describe } from "../../../agent/wire/call.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import { formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { authorized, backOff, type OperatorState } from "./state.ts";
import type { SessionDraft, StartOutcome } from "./types.ts";

// Ask again for a seat that is about to end.
const SEAT_MARGIN_MS = 2 * MINUTE_MS;
const REFUSALS = new Set(["MaxSeatCountReached", "LicenseExpired", "LicenseNotYetValid", "OperatorTooOld"]);

/**
 * Starts a session with a call. If its user's seat is known to be held, or the server asked for a pause, the next heartbeat
 * reports the start instead. The same happens if the server cannot answer: the session may be denied later, but nobody waits
 * for a server that is down.
 */
export const startSession = async (state: OperatorState, draft: SessionDraft): Promise<StartOutcome> => {
  const { clock, observer } = state.dependencies;
  const start: UserStart = { ...draft, instance_id: state.settings.instanceId };
  const now = clock.now();
  const obstacle = obstacleTo(state);
  if (obstacle !== undefined) {
    observer.denied(start, obstacle);
    return { kind: "refused", code: obstacle };
  }
  if (state.pausedUntil > now || state.seats.covers(start, now + SEAT_MARGIN_MS)) return runUnasked(state, start);
  return ask(state, start);
};

const obstacleTo = ({ live, lease, dependencies }: OperatorState): string | undefined => {
  if (live.size >= HEARTBEAT_LIMITS.sessions) return "TooManySessions";
  // Without a lease an operator must start no new sessions.
  return lease.inForce(dependencies.clock.now()) ? undefined : "NoLease";
};

const runUnasked = (state: OperatorState, start: UserStart): StartOutcome => {
  state.live.set(start.session_id, start);
  state.outbox.started(start);
  return { kind: "running" };
};

const ask = async (state: OperatorState, start: UserStart): Promise<StartOutcome> => {
  const { client, clock, observer } = state.dependencies;
  const call = () =>
    authorized(state, (token) => client.sessionStart({ ...start, sent_at: formatTime(clock.now()) }, token));
  const first = await call();
  if (isTransient(first)) observer.unanswered(start, { asksSeat: true });
  const outcome = first.kind === "lost" ? await call() : first;
  if (outcome.kind === "ok") {
    state.live.set(start.session_id, start);
    state.seats.remember(start, outcome.body.seat);
    observer.granted(start, outcome.body.seat?.id);
    return { kind: "running" };
  }
  if (outcome.kind === "lost" || isTransient(outcome)) {
    backOff(state, outcome);
    return runUnasked(state, start);
  }
  observer.denied(start, outcome.code);
  if (!REFUSALS.has(outcome.code)) observer.fault(`start of ${start.session_id}: ${describe(outcome)}`);
  return { kind: "refused", code: outcome.code };
};
