import { describeFaults } from "../contract/problems.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { Agent } from "../operators/agent.ts";
import { digestOfList } from "../operators/known-lists.ts";
import { applyMoves, type LiveDigest, type LiveMoves } from "../operators/live-set.ts";
import { type Operator, operatorFrom } from "../operators/operator.ts";
import { isShared } from "../operators/rival.ts";
import type { Moment } from "../sessions/deps.ts";
import { endSessions } from "../sessions/end.ts";
import { isEnforceable } from "../sessions/enforceable.ts";
import type { SessionEnd } from "../sessions/events.ts";
import type { SessionStart } from "../sessions/record.ts";
import { type StartDeps, startSession } from "../sessions/start.ts";
import { inParallel } from "../store/parallel.ts";
import { carryOver } from "./carry-over.ts";
import { changeSession, type SessionChange } from "./change.ts";
import { judgeDenied } from "./judge-denied.ts";
import { checkLiveSet } from "./live-check.ts";
import { type NotedBeat, noteBeat } from "./note-beat.ts";
import { type Child, noteChildren } from "./note-children.ts";
import { type OperatorError, recordErrors, UNKNOWN_VERSION } from "./operator-errors.ts";
import type { Reconciled } from "./reconcile.ts";
import { closeStop, type StopEvent } from "./stopped.ts";
import { noteSuperseded, takingTurns } from "./superseded.ts";
import { forgetTerminations, terminationsOf } from "./terminations.ts";
import type { Verdicts } from "./verdicts.ts";

/** Events are handled until this long after the heartbeat arrived. The operator sends the others again. */
const EVENTS_MS = 10 * SECOND_MS;
/** The part of it that may be spent on carrying sessions over into a new seat book. */
const CARRY_OVER_MS = 5 * SECOND_MS;
/** Live sets are reconciled until this long after it arrived: the answer must be sent before the function times out. */
const RECONCILE_MS = 20 * SECOND_MS;
const STARTS_AT_ONCE = 8;
/** Storing errors may take this long, so that operators that fail together do not wait for one another. */
const ERRORS_MS = SECOND_MS;
/** So many different texts of errors that could not be stored are logged, and so much of each. */
const LOGGED_TEXTS = 20;
const LOGGED_CHARACTERS = 500;

export type HeartbeatDeps = StartDeps & { errorRetentionDays: number };

/** A heartbeat whose events are checked, each on its own. */
export type Heartbeat = {
  instanceId: string;
  /** The caller may change the sessions of this instance alone. */
  isBound: boolean;
  /** Undefined if an agent does not know its operator's version. */
  version: string | undefined;
  cluster: string | undefined;
  clusterId: string | undefined;
  /** Undefined for an operator. */
  agent: Agent | undefined;
  seq: number;
  /** When it was sent, by the operator's clock. */
  sentAt: EpochMs;
  /** The whole live set of the operator. Undefined if an agent does not know it: then nothing is compared. */
  listed: ReadonlySet<string> | undefined;
  started: readonly SessionStart[];
  ended: readonly SessionEnd[];
  changed: readonly SessionChange[];
  stopped: readonly StopEvent[];
  errors: readonly OperatorError[];
  /** Live parts of multi-cluster sessions. Undefined for an operator. */
  children: readonly Child[] | undefined;
};

/** What a heartbeat's answer contains beside the verdicts on its events. */
export type BeatAnswer = Reconciled & {
  terminate: string[];
  /** The noted number. */
  seq: number;
  list: NotedBeat["list"];
  superseded: boolean;
  /** The operator as the heartbeat noted it. */
  operator: Operator;
};

export type HeartbeatContext = {
  /** The license in force. Without one, starts are left for a later heartbeat. */
  license: LicenseFile | undefined;
  leaseUntil: EpochMs | undefined;
};

/**
 * Handles a heartbeat: notes the sign of life first, handles each event on its own, then compares the live set by its
 * digest and reconciles it if it differs. If nothing changed this costs one write, however many sessions are live. A
 * heartbeat whose list is refused has its events handled and receives what to stop all the same.
 */
export const handleHeartbeat = async (
  deps: HeartbeatDeps,
  heartbeat: Heartbeat,
  context: HeartbeatContext,
  moment: Moment,
  verdicts: Verdicts,
): Promise<BeatAnswer> => {
  const { listed } = heartbeat;
  const digest = listed && digestOfList(listed);
  const { operator: noted, list, superseded } = await noteLife(deps, { ...heartbeat, digest }, context, moment.now);
  const worked = { now: moment.now, deadline: Math.min(moment.deadline, moment.now + EVENTS_MS) };
  // Before the events: users whose sessions already run claim before new ones.
  const { license } = context;
  const carried = { now: moment.now, deadline: Math.min(moment.deadline, moment.now + CARRY_OVER_MS) };
  const carriedOver =
    list === "taken" && listed !== undefined && license !== undefined
      ? await quietly(deps, "sessions not carried over", () =>
          carryOver(deps, noted, { listed, ended: heartbeat.ended }, license, carried),
        )
      : undefined;
  const moves: LiveMoves = new Map();
  const events = inCluster(heartbeat, noted);
  await handleStarts(deps, events, context, worked, verdicts, moves);
  await handleEnds(deps, events.ended, worked, verdicts, moves);
  const { children } = heartbeat;
  if (children !== undefined && !superseded)
    await quietly(deps, "parts of multi-cluster sessions not noted", () =>
      noteChildren(deps, noted, children, worked, moves),
    );
  const moved = await quietly(deps, "live sets not moved", () => applyMoves(deps.table, moves));
  await handleChanges(deps, heartbeat, worked, verdicts);
  const changed = moved?.get(heartbeat.instanceId);
  const operatorNow = changed === undefined ? (carriedOver ?? noted) : operatorFrom(changed);
  await handleStopped(deps, operatorNow, heartbeat.stopped, worked);
  const errors = [...heartbeat.errors, ...(superseded ? await rivalErrors(deps, heartbeat, noted, moment.now) : [])];
  await storeErrors(deps, { ...heartbeat, errors, version: noted.version ?? UNKNOWN_VERSION }, context, moment);
  const seq = noted.seq ?? 0;
  // It stops, and its list says nothing.
  if (superseded) return { ...NOTHING_RECONCILED, terminate: [], seq, list, superseded, operator: noted };
  // After the starts: a user of a denied session may just have got a seat.
  const judged = await quietly(deps, "denied sessions not judged", () =>
    judgeDenied(deps, operatorNow, verdicts.denied(), license, worked),
  );
  for (const sessionId of judged?.admitted ?? []) verdicts.admit(sessionId);
  const kills = await quietly(deps, "sessions to stop not read", () =>
    terminationsOf(deps.table, noted, listed ?? new Set(), moment.now),
  );
  // A list that is refused is history: it cannot say that nothing is left to stop. Without a list nothing says it.
  if (kills !== undefined && list === "taken")
    await quietly(deps, "requests to stop not cleared", () => forgetTerminations(deps.table, noted, kills.gone));
  const enforced = heartbeat.agent?.enforces === true ? (judged?.denied ?? []).filter(isEnforceable) : [];
  const terminate = [...new Set([...(kills?.pending ?? []), ...enforced.map(({ sessionId }) => sessionId)])];
  const answer = { terminate, seq, list, superseded, operator: noted };
  const hasSecondProcess = isShared(noted, deps.staleMs, moment.now);
  const isCompared = list === "taken" || hasSecondProcess;
  if (listed === undefined || digest === undefined || !isCompared || deps.pace.now() >= worked.deadline)
    return { ...NOTHING_RECONCILED, ...answer };
  const compared = { now: moment.now, deadline: Math.min(moment.deadline, moment.now + RECONCILE_MS) };
  const reconciled = await quietly(deps, "not reconciled", () =>
    checkLiveSet(
      deps,
      operatorNow,
      { listed, sentAt: heartbeat.sentAt, digest, isPartial: hasSecondProcess, isBound: heartbeat.isBound, license },
      compared,
    ),
  );
  for (const sessionId of reconciled?.denied ?? []) verdicts.deny(sessionId, "MaxSeatCountReached");
  return { ...(reconciled ?? NOTHING_RECONCILED), ...answer };
};

// A later heartbeat can do what fails here, so the failure must not fail this one.
const quietly = async <T>(deps: HeartbeatDeps, message: string, work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch (error) {
    deps.log.warn(message, { error });
    return undefined;
  }
};

const NOTHING_RECONCILED: Reconciled = { unknown: [], conflict: [], denied: [] };

const noteLife = async (
  deps: HeartbeatDeps,
  {
    instanceId,
    version,
    cluster,
    clusterId,
    agent,
    seq,
    sentAt,
    digest,
  }: Heartbeat & { digest: LiveDigest | undefined },
  { license, leaseUntil }: HeartbeatContext,
  now: EpochMs,
): Promise<NotedBeat> => {
  const sign = { instanceId, version, cluster, clusterId, agent, fingerprint: license?.fingerprint, leaseUntil, now };
  const noted = await noteBeat(deps, sign, digest && { seq, sentAt, digest });
  const { operator, list, superseded } = noted;
  if (superseded) deps.log.warn("agent process superseded", { instance_id: instanceId, process_id: agent?.processId });
  else if (list === "refused")
    deps.log.count("ListsRefused", { instance_id: instanceId, seq, noted_seq: operator.seq });
  if (isShared(operator, deps.staleMs, now) && operator.rival?.at === now)
    deps.log.count("InstanceIdsShared", {
      instance_id: instanceId,
      cluster,
      seq,
      other_seq: operator.rival.high,
    });
  return noted;
};

// The current process has its own heartbeats, so a failure here loses a sign, and nothing else.
const rivalErrors = async (
  deps: HeartbeatDeps,
  { agent }: Heartbeat,
  operator: Operator,
  now: EpochMs,
): Promise<OperatorError[]> => {
  const current = operator.processes?.current;
  if (agent === undefined || current === undefined) return [];
  const takeTurns = await quietly(deps, "superseded process not noted", () =>
    noteSuperseded(deps, operator, agent.processId, now),
  );
  return takeTurns === true ? [{ time: now, error: takingTurns(agent.processId, current) }] : [];
};

// Each record names its cluster, for the policies of that time.
const inCluster = (heartbeat: Heartbeat, { cluster, clusterId }: Operator): Heartbeat => ({
  ...heartbeat,
  started: heartbeat.started.map((start) => ({ ...start, clusterId, clusterName: cluster })),
  ended: heartbeat.ended.map((end) =>
    end.start === undefined ? end : { ...end, start: { ...end.start, clusterId, clusterName: cluster } },
  ),
});

const handleStarts = async (
  deps: HeartbeatDeps,
  { started, isBound }: Heartbeat,
  { license }: HeartbeatContext,
  moment: Moment,
  verdicts: Verdicts,
  moves: LiveMoves,
): Promise<void> => {
  await inParallel(started, STARTS_AT_ONCE, async (start) => {
    const { sessionId } = start;
    if (license === undefined || deps.pace.now() >= moment.deadline) return verdicts.leave(sessionId);
    try {
      const outcome = await startSession(deps, start, license, { when: "running", isBound }, moment, moves);
      if (outcome.kind === "denied") verdicts.deny(sessionId, outcome.code);
      else if (outcome.kind === "conflict")
        verdicts.reject({ sessionId, code: "SessionConflict", detail: SESSION_CONFLICT });
      else if (outcome.kind === "over") verdicts.reject({ sessionId, code: "SessionEnded", detail: SESSION_ENDED });
      else verdicts.accept(sessionId);
    } catch (error) {
      deps.log.warn("session start failed", { session_id: sessionId, error });
      verdicts.leave(sessionId);
    }
  });
};

export const SESSION_ENDED = "The session has ended already. Start a new session with another id";
export const SESSION_CONFLICT = "The id belongs to a session of another operator or client";

const handleEnds = async (
  deps: HeartbeatDeps,
  ended: readonly SessionEnd[],
  moment: Moment,
  verdicts: Verdicts,
  moves: LiveMoves,
): Promise<void> => {
  if (ended.length === 0) return;
  const outcomes = await endSessions(deps, ended, moment, moves).catch((error: unknown) => {
    deps.log.warn("session ends failed", { sessions: ended.length, error });
    return undefined;
  });
  for (const { sessionId, isBound } of ended) {
    const outcome = outcomes?.get(sessionId);
    if (outcome?.kind === "conflict" && isBound === true)
      verdicts.reject({ sessionId, code: "SessionConflict", detail: SESSION_CONFLICT });
    // The other operator may become silent.
    else if (outcome === undefined || outcome.kind === "conflict") verdicts.leave(sessionId);
    else if (outcome.kind === "ended") verdicts.accept(sessionId);
    else if (outcome.kind === "unknown")
      verdicts.reject({ sessionId, code: "NotFound", detail: "its start is unknown; send the end with `start`" });
    else verdicts.reject({ sessionId, code: "BadRequest", detail: describeFaults(outcome.faults) });
  }
};

const handleChanges = async (
  deps: HeartbeatDeps,
  { changed, instanceId }: Heartbeat,
  moment: Moment,
  verdicts: Verdicts,
): Promise<void> => {
  await inParallel(changed, STARTS_AT_ONCE, async (change) => {
    if (deps.pace.now() >= moment.deadline) return verdicts.leave(change.sessionId);
    try {
      await changeSession(deps.table, instanceId, change);
      verdicts.accept(change.sessionId);
    } catch (error) {
      deps.log.warn("session change failed", { session_id: change.sessionId, error });
      verdicts.leave(change.sessionId);
    }
  });
};

// As long as the request is open, the agent reports again what became of it.
const handleStopped = async (
  deps: HeartbeatDeps,
  operator: Operator,
  stopped: readonly StopEvent[],
  moment: Moment,
): Promise<void> => {
  await inParallel(stopped, STARTS_AT_ONCE, async (event) => {
    if (deps.pace.now() >= moment.deadline) return;
    await quietly(deps, "outcome of a stop not noted", () => closeStop(deps, operator, event, moment));
  });
};

// An operator sends an error once, without an id to acknowledge it by. If an error cannot be stored in time, the log has it:
// what it says and how often, for an error mostly comes again and again.
const storeErrors = async (
  deps: HeartbeatDeps,
  { errors, instanceId, version, sentAt }: Heartbeat & { version: string },
  { license }: HeartbeatContext,
  moment: Moment,
): Promise<void> => {
  if (errors.length === 0) return;
  const retentionDays = deps.errorRetentionDays;
  const of = { instanceId, version, fingerprint: license?.fingerprint, retentionDays, sentAt, now: moment.now };
  const deadline = Math.min(moment.deadline, deps.pace.now() + ERRORS_MS);
  const { dropped, fault } = await recordErrors(deps.table, errors, of, { deadline, now: deps.pace.now });
  if (dropped.length === 0) return;
  const texts = Map.groupBy(dropped, ({ error }) => error.slice(0, LOGGED_CHARACTERS));
  deps.log.error("operator errors could not be kept", {
    instance_id: instanceId,
    count: dropped.length,
    errors: [...texts].slice(0, LOGGED_TEXTS).map(([error, same]) => ({ error, count: same.length })),
    error: fault,
  });
};
