import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../shared/contract/responses.ts";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { isTransient } from "../wire/backoff.ts";
import type { HeartbeatRequest, SessionChild } from "../wire/bodies.ts";
import { describe } from "../wire/call.ts";
import { composeHeartbeat } from "../wire/compose.ts";
import { applyAnswer } from "./answer.ts";
import { checkHeartbeat } from "./check-answer.ts";
import { translate, versionFor } from "./dialect.ts";
import { backOff, isRefusedCredential, offsetOf, onAnswered, onRefusedCredential } from "./failures.ts";
import { agentOf, intervalOf } from "./register.ts";
import type { LoopDependencies, LoopState, SentBeat } from "./types.ts";

/** One heartbeat: lists what is live, delivers events, and applies the answer. */
export const beat = async (dependencies: LoopDependencies, state: LoopState, seq: number): Promise<void> => {
  const { client, clock, listener, troubles } = dependencies;
  state.seq = seq;
  state.lastBeatAt = clock.now();
  state.isWanted = false;
  const { request, sent } = compose(dependencies, state, seq);
  const outcome = checkHeartbeat(await client.heartbeat(request));
  const now = clock.now();
  if (outcome.kind === "ok") {
    onAnswered(dependencies, state, outcome);
    troubles.over("heartbeat");
    listener.beat("ok");
    listener.answered(offsetOf(Date.parse(outcome.body.server_time), state.lastBeatAt, now));
    const hasProgress = applyAnswer(dependencies, state, sent, outcome.body);
    state.beatAt = nextBeatAt(dependencies, state, outcome.body, hasProgress);
    return;
  }
  listener.beat(outcome.kind === "lost" ? "lost" : "refused");
  state.beatAt = now;
  if (isRefusedCredential(outcome)) return onRefusedCredential(dependencies, state, outcome);
  if (isTransient(outcome)) return backOff(dependencies, state, outcome);
  onAnswered(dependencies, state, outcome);
  // A server of the release before needs fields that this heartbeat left out.
  if (outcome.kind === "problem" && outcome.status === 400 && state.dialect === "unknown") state.dialect = "before";
  else troubles.begin("heartbeat", `The license server refuses a heartbeat: ${describe(outcome)}. Events are kept.`);
  state.beatAt = now + state.intervalMs;
};

// More may wait than one heartbeat holds. If the server decided nothing, it is asked again only after the usual interval.
const nextBeatAt = (
  { outbox, waits, clock }: LoopDependencies,
  state: LoopState,
  { lease }: HeartbeatResponse,
  hasProgress: boolean,
): EpochMs => {
  if (lease !== null) state.intervalMs = intervalOf(lease, waits);
  const hasMore = hasProgress && outbox.size() > 0 && state.hasLicense;
  const isSoon = state.isWanted || hasMore;
  return isSoon ? Math.max(clock.now(), state.lastBeatAt + waits.betweenBeatsMs) : clock.now() + state.intervalMs;
};

const compose = (
  dependencies: LoopDependencies,
  state: LoopState,
  seq: number,
): { request: HeartbeatRequest; sent: SentBeat } => {
  const { identity, clock, outbox, operatorVersion, nonce, stops, catalog } = dependencies;
  const { dialect } = state;
  const list = listOf(dependencies);
  const stopped = dialect === "before" ? [] : fitting(stops.waiting(HEARTBEAT_LIMITS.stopped), MAX_STOPPED_BYTES);
  const children = dialect === "before" || list === undefined ? [] : childrenOf(dependencies);
  const catalogStatus = dialect === "before" ? undefined : catalog.waiting();
  const head: HeartbeatRequest = {
    instance_id: identity.instanceId,
    ...versionFor(dialect, operatorVersion()),
    ...agentOf(dependencies),
    seq,
    sent_at: formatTime(clock.now()),
    nonce: nonce(),
    ...(list === undefined ? {} : { sessions: [...list] }),
    ...(children.length === 0 ? {} : { children: [...children] }),
    ...(stopped.length === 0 ? {} : { stopped: [...stopped] }),
    ...(catalogStatus === undefined ? {} : { catalog_status: catalogStatus }),
  };
  const { request, batch } = composeHeartbeat(head, outbox, {
    maxBatch: HEARTBEAT_LIMITS.started,
    withoutStarts: !state.hasLicense,
  });
  return {
    request: translate(dialect, request),
    sent: { seq, batch, stopped, ...(catalogStatus === undefined ? {} : { catalogStatus }) },
  };
};

// A list that lacks sessions would end them on the server, so that a list too long is none.
const listOf = ({ sessions, troubles }: LoopDependencies): readonly string[] | undefined => {
  const { list } = sessions.view();
  const isTooLong = list !== undefined && list.length > HEARTBEAT_LIMITS.sessions;
  const fault = `More than ${HEARTBEAT_LIMITS.sessions} sessions are live. The server does not receive their list.`;
  troubles.set("list", isTooLong ? fault : undefined);
  return isTooLong ? undefined : list;
};

// A quarter of a heartbeat is enough for the children: they only add to what their parents' own starts say.
const MAX_CHILDREN_BYTES = HEARTBEAT_LIMITS.bytes / 4;
// The longest list of sessions leaves room for both. What does not fit now comes with a later heartbeat.
const MAX_STOPPED_BYTES = HEARTBEAT_LIMITS.bytes / 16;

const childrenOf = ({ sessions }: LoopDependencies): readonly SessionChild[] =>
  fitting((sessions.view().children ?? []).slice(0, HEARTBEAT_LIMITS.children), MAX_CHILDREN_BYTES);

/** The first entries, as many as fit. */
const fitting = <T>(entries: readonly T[], maxBytes: number): T[] => {
  const taken: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes > maxBytes) break;
    taken.push(entry);
  }
  return taken;
};
