import { isTransient } from "../../../agent/wire/backoff.ts";
import { describe } from "../../../agent/wire/call.ts";
import { type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import { authorized, backOff, type OperatorState } from "./state.ts";
import type { SessionDraft } from "./types.ts";

/**
 * Ends a running session. Heartbeats report it until it is acknowledged. Returns whether the session was running. The end
 * contains the start record if the server has not acknowledged the start.
 */
export const endSession = (state: OperatorState, sessionId: string, endedAt: EpochMs, reason: string): boolean => {
  const { live, ending, outbox, dependencies } = state;
  const start = live.get(sessionId);
  if (start === undefined) return false;
  live.delete(sessionId);
  ending.set(sessionId, start);
  const known = outbox.waiting(sessionId) === undefined;
  outbox.ended({ session_id: sessionId, ended_at: formatTime(endedAt), reason, ...(known ? {} : { start }) });
  dependencies.observer.ended(start, endedAt);
  return true;
};

/** Reports an ended session at once, in a call of its own. If that fails, its event waits for the next heartbeat. */
export const deliverEnd = async (state: OperatorState, sessionId: string): Promise<void> => {
  const { client, clock, observer } = state.dependencies;
  const event = state.outbox.waiting(sessionId);
  const start = state.ending.get(sessionId);
  if (event?.kind !== "ended" || start === undefined || state.pausedUntil > clock.now()) return;
  const { session_id: _, ...end } = event.body;
  const body = { ...end, start };
  const outcome = await authorized(state, (token) =>
    client.sessionEnd(sessionId, { ...body, sent_at: formatTime(clock.now()) }, token),
  );
  if (outcome.kind === "ok") {
    state.outbox.delivered(sessionId);
    state.ending.delete(sessionId);
  } else if (isTransient(outcome)) {
    observer.unanswered(start, { asksSeat: false, endedAt: Date.parse(end.ended_at) });
    backOff(state, outcome);
  } else observer.fault(`end of ${sessionId}: ${describe(outcome)}`);
};

/** Reports a session that began and ended while the server was unreachable. */
export const reportEnded = (state: OperatorState, draft: SessionDraft, endedAt: EpochMs, reason: string): void => {
  const start = { ...draft, instance_id: state.settings.instanceId };
  state.outbox.ended({ session_id: start.session_id, ended_at: formatTime(endedAt), reason, start });
  state.dependencies.observer.ended(start, endedAt);
};
