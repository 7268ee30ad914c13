import { isTransient } from "../../../agent/wire/backoff.ts";
import { describe } from "../../../agent/wire/call.ts";
import { composeHeartbeat } from "../../../agent/wire/compose.ts";
import type { Batch } from "../../../agent/wire/outbox.ts";
import type { HeartbeatResponse } from "../../../shared/contract/responses.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { endSession } from "./end-session.ts";
import { register } from "./register.ts";
import { authorized, backOff, type OperatorState } from "./state.ts";
import type { BeatOutcome } from "./types.ts";

/** One heartbeat: lists running sessions, delivers events, renews the lease, and applies the answer. */
export const beat = async (state: OperatorState): Promise<BeatOutcome> => {
  const { client, clock, observer, nonce } = state.dependencies;
  const { instanceId, operatorVersion, clusterName, maxBatch } = state.settings;
  if (state.pausedUntil > clock.now()) return { kind: "retry", afterMs: state.pausedUntil - clock.now() };
  state.seq += 1;
  const sentNonce = nonce();
  const head = {
    instance_id: instanceId,
    operator_version: operatorVersion,
    cluster_name: clusterName,
    seq: state.seq,
    sent_at: formatTime(clock.now()),
    nonce: sentNonce,
    sessions: [...state.live.keys()],
  };
  const { request, batch } = composeHeartbeat(head, state.outbox, { maxBatch });
  const outcome = await authorized(state, (token) => client.heartbeat(request, token));
  if (outcome.kind === "ok") {
    state.failures = 0;
    apply(state, outcome.body, batch);
    await renew(state, outcome.body, sentNonce);
    return { kind: "answered" };
  }
  if (isTransient(outcome)) {
    noteUnanswered(state, batch);
    return { kind: "retry", afterMs: backOff(state, outcome) };
  }
  observer.fault(`heartbeat: ${describe(outcome)}`);
  return { kind: "failed", detail: describe(outcome) };
};

const noteUnanswered = (state: OperatorState, { events }: Batch): void => {
  const { clock, observer } = state.dependencies;
  for (const { event, sessionId, echo } of events) {
    if (echo) continue;
    if (event.kind === "started") {
      observer.unanswered(event.body, { asksSeat: !state.seats.covers(event.body, clock.now()) });
      continue;
    }
    const start = event.body.start ?? state.ending.get(sessionId);
    if (start !== undefined) observer.unanswered(start, { asksSeat: false, endedAt: Date.parse(event.body.ended_at) });
  }
};

const renew = async (state: OperatorState, answer: HeartbeatResponse, nonce: string): Promise<void> => {
  const { clock } = state.dependencies;
  const known = state.license?.fingerprint ?? "";
  const fingerprint = answer.license?.fingerprint ?? known;
  await state.lease.take(answer.lease, { instanceId: state.settings.instanceId, nonce, fingerprint }, clock.now());
  // The license was replaced: its terms may have changed, the tracking mode among them.
  if (fingerprint !== known) await register(state);
};

const apply = (state: OperatorState, answer: HeartbeatResponse, batch: Batch): void => {
  const { clock, observer } = state.dependencies;
  state.outbox.settle(batch, answer);
  handleRejected(state, answer, batch);
  for (const { session_id, code } of answer.denied) {
    const start = state.live.get(session_id);
    if (start === undefined) continue;
    observer.denied(start, code);
    state.seats.forget(start);
    endSession(state, session_id, clock.now(), "denied");
  }
  state.seats.lost(answer.seats_lost);
  for (const sessionId of answer.terminate) endSession(state, sessionId, clock.now(), "terminated");
  for (const sessionId of answer.unknown) {
    const start = state.live.get(sessionId);
    if (start !== undefined) state.outbox.started(start, true);
  }
  for (const sessionId of answer.conflict) observer.fault(`${sessionId} is live under another instance`);
  for (const { sessionId } of batch.events) {
    if (state.outbox.waiting(sessionId) === undefined) state.ending.delete(sessionId);
  }
};

const handleRejected = (state: OperatorState, answer: HeartbeatResponse, batch: Batch): void => {
  const sent = new Map(batch.events.map((entry) => [entry.sessionId, entry]));
  for (const { session_id: sessionId, code, detail } of answer.rejected) {
    const entry = sessionId === null ? undefined : sent.get(sessionId);
    const start = sessionId === null ? undefined : state.ending.get(sessionId);
    // The server may reject an event that it has already acknowledged.
    if (entry?.echo === true) continue;
    const event = entry?.event;
    if (event?.kind === "ended" && event.body.start === undefined && code === "NotFound" && start !== undefined) {
      state.outbox.ended({ ...event.body, start });
    } else if (event?.kind === "started" && code === "SessionEnded") {
      // It sent the start again because an answer was lost. The session has ended since.
    } else state.dependencies.observer.fault(`event of ${sessionId} rejected: ${code}, ${detail}`);
  }
};
