import type { HeartbeatResponse } from "../../shared/contract/responses.ts";
import type { Batch, Outbox } from "../wire/outbox.ts";
import { isChild } from "./dialect.ts";
import type { LoopDependencies, LoopState, SentBeat } from "./types.ts";

/**
 * Applies the answer to a heartbeat. What the cluster shows is a fact: an answer never ends a session here. Returns whether
 * the server decided on any event, or there was none to decide on.
 */
export const applyAnswer = (
  dependencies: LoopDependencies,
  state: LoopState,
  { seq, batch, stopped, catalogStatus }: SentBeat,
  answer: HeartbeatResponse,
): boolean => {
  const { outbox, stops, catalog, sessions, troubles, listener, clock } = dependencies;
  outbox.settle(batch, answer);
  stops.delivered(stopped);
  if (catalogStatus !== undefined) catalog.delivered(catalogStatus);
  if (answer.catalog_revision !== undefined) listener.catalog(answer.catalog_revision);
  logDecisions(dependencies, answer);
  for (const { session_id, code } of answer.denied) listener.denied(session_id, code);
  for (const { session_id, code } of answer.rejected)
    if (code === "SessionEnded" && session_id !== null) listener.over(session_id);
  if (state.dialect === "before") settleChildren(outbox, batch);
  for (const id of answer.unknown) {
    const start = sessions.start(id);
    if (start !== undefined) outbox.started(start, true);
  }
  troubles.set("conflict", conflictIn(answer));
  listener.terminate(state.dialect === "current" ? answer.terminate : withoutDenied(answer));
  followSeq(dependencies, state, seq, answer.seq ?? 0);
  state.hasLicense = answer.license !== null;
  if (answer.license !== null && answer.license.fingerprint !== state.fingerprint) {
    // The license was replaced, or the registration was refused: fetch it.
    if (state.fingerprint !== undefined) state.registerAt = clock.now();
    state.fingerprint = answer.license.fingerprint;
  }
  if (answer.superseded === true) state.isSuperseded = true;
  return batch.events.length === 0 || answer.accepted.length + answer.rejected.length + answer.denied.length > 0;
};

// A server of the release before did not receive them: it would count them as sessions.
const settleChildren = (outbox: Outbox, { events }: Batch): void => {
  for (const { sessionId, event } of events) {
    if (event.kind === "ended" && isChild(event.body)) outbox.delivered(sessionId);
  }
};

// A server of the release before asks to stop whatever it denies, however long it has run.
const withoutDenied = ({ terminate, denied }: HeartbeatResponse): string[] =>
  terminate.filter((id) => !denied.some(({ session_id }) => session_id === id));

const conflictIn = ({ conflict }: HeartbeatResponse): string | undefined =>
  conflict.length === 0
    ? undefined
    : `The license server knows sessions of this cluster from another instance, for example ${conflict[0]}. Give each cluster an id of its own, and run one agent per cluster.`;

const logDecisions = ({ log }: LoopDependencies, { rejected, denied }: HeartbeatResponse): void => {
  for (const { session_id, code, detail } of rejected) {
    // Events are repeated after a crash, and one of them may come after the end.
    const level = code === "SessionEnded" ? "debug" : "warn";
    log[level]("The license server rejects an event", { session_id, code, detail });
  }
  for (const { session_id, code } of denied) log.info("No seat for a session", { session_id, code });
};

/**
 * If the server has noted a higher number, the agent continues from there, once. A second time, another process must be
 * sending for this cluster, and racing with it would end nothing.
 */
const followSeq = ({ log, troubles }: LoopDependencies, state: LoopState, sent: number, noted: number): void => {
  if (noted <= sent) {
    troubles.over("seq");
    return;
  }
  if (state.hasJumped) {
    const fault = "The license server has heartbeats with higher numbers again";
    troubles.begin("seq", `${fault}. Another agent runs for this cluster: stop it.`);
    return;
  }
  state.hasJumped = true;
  state.seq = noted;
  log.warn("The license server has a heartbeat with a higher number. Numbers continue from there", {
    sent_seq: sent,
    noted_seq: noted,
  });
};
