import { sessionKey } from "../contract/keys.ts";
import { formatTime } from "../contract/time.ts";
import { type LiveMoves, recordMove, recordTally } from "../operators/live-set.ts";
import { isStale } from "../operators/operator.ts";
import { createdTally, endedTally } from "../operators/totals.ts";
import { retrying } from "../store/retry.ts";
import { SHARDS, shardFor } from "../usage/counted.ts";
import { endPart } from "./children.ts";
import { commitCounting, tryCounting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { decideEnd, type EndOutcome, type EndPlan } from "./end-decision.ts";
import type { SessionEnd } from "./events.ts";
import { groupsOf } from "./groups.ts";
import { onItsOwn } from "./on-its-own.ts";
import { readRecords } from "./read-records.ts";
import { kindOfSession, type OverSession, type SessionRecord, sessionLogFields, sessionRecord } from "./record.ts";
import { noteSeatsSeen } from "./seats-seen.ts";

export type { EndOutcome } from "./end-decision.ts";

/**
 * Ends one session: its record and the day and month rollup in one transaction, so a second delivery changes nothing and
 * no crash leaves half of it. Adds to `moves` whose live set it left. Throws `StoreUnavailable`.
 */
export const endSession = (deps: SessionDeps, end: SessionEnd, moment: Moment, moves: LiveMoves): Promise<EndOutcome> =>
  retrying(deps.pace, moment.deadline, async (attempt) => {
    // Ends of one user and target write to one row. After the first conflict they use different shards.
    const shard = attempt === 0 ? 0 : Math.floor(deps.pace.random() * SHARDS);
    const item = await deps.table.get(sessionKey(end.sessionId), { consistent: true });
    const found = item && sessionRecord(item);
    if (await isForeign(deps, end, found, moment)) return { kind: "conflict" };
    const part = partOf(end, found);
    if (part !== undefined) return endPart(deps, end, part, moment, moves);
    const plan = decideEnd(end, found, shard, moment, deps);
    if (plan.kind !== "write") return plan;
    // Most users run one session at a time.
    if (!(await commitCounting(deps, [plan], [], { alone: attempt === 0 }))) return undefined;
    await noteSeatsSeen(deps, unseen([plan]), moment.now);
    return finished(plan, deps, moves);
  });

/**
 * Ends many sessions in as few transactions as possible. A group that is refused is handled one by one, so one failure
 * never fails the others. An end that failed, or that the deadline left open, has no outcome.
 */
export const endSessions = async (
  deps: SessionDeps,
  ends: readonly SessionEnd[],
  moment: Moment,
  moves: LiveMoves,
): Promise<Map<string, EndOutcome>> => {
  const outcomes = new Map<string, EndOutcome>();
  const byId = new Map(ends.map((end) => [end.sessionId, end]));
  const found = await readRecords(deps.table, [...byId.keys()]);
  const plans: EndPlan[] = [];
  const over: EndPlan[] = [];
  const each = onItsOwn();
  for (const [id, end] of byId) {
    const part = partOf(end, found.get(id));
    const plan = await each.run(id, async () =>
      (await isForeign(deps, end, found.get(id), moment))
        ? ({ kind: "conflict" } as const)
        : part !== undefined
          ? endPart(deps, end, part, moment, moves)
          : decideEnd(end, found.get(id), 0, moment, deps),
    );
    if (plan?.kind === "write") plans.push(plan);
    else if (plan !== undefined) outcomes.set(id, plan);
  }
  each.report(deps.log, "session ends not decided");
  for (const group of groupsOf(plans)) {
    if (deps.pace.now() >= moment.deadline) break;
    const inShard = (shard: number): EndPlan[] =>
      group.flatMap(({ record: { sessionId } }) => {
        const end = byId.get(sessionId);
        const plan = end && decideEnd(end, found.get(sessionId), shard, moment, deps);
        return plan?.kind === "write" ? [plan] : [];
      });
    const committed = await commitQuietly(deps, inShard, moment);
    for (const plan of committed) outcomes.set(plan.record.sessionId, finished(plan, deps, moves));
    over.push(...committed);
    if (committed.length > 0) continue;
    for (const { record } of group) {
      const end = byId.get(record.sessionId);
      if (end === undefined || deps.pace.now() >= moment.deadline) continue;
      const outcome = await endQuietly(deps, end, moment, moves);
      if (outcome !== undefined) outcomes.set(record.sessionId, outcome);
    }
  }
  await noteSeatsSeen(deps, unseen(over), moment.now);
  return outcomes;
};

// A seat that was given back was noted as seen in the same transaction.
const unseen = (plans: readonly EndPlan[]): OverSession[] =>
  plans.filter(({ givesBack }) => givesBack === undefined).map(({ record }) => record);

// A part of a multi-cluster session has no record, unless an earlier release recorded it.
const partOf = ({ start }: SessionEnd, found: SessionRecord | undefined) =>
  found === undefined && start?.parentId !== undefined ? { ...start, parentId: start.parentId } : undefined;

// A session that a part made known belongs to the operator that starts it. One that has ended is not changed.
const ownerOf = ({ start, isBound = false }: SessionEnd, found: SessionRecord | undefined): string | undefined => {
  if (found === undefined) return start?.instanceId;
  if (found.state === "live") return found.instanceId;
  if (!isBound || found.state === "ended") return undefined;
  return found.placeholder === true ? (start?.instanceId ?? found.instanceId) : found.instanceId;
};

// The start of an unknown session says which operator it belongs to.
const isForeign = async (deps: SessionDeps, end: SessionEnd, found: SessionRecord | undefined, moment: Moment) => {
  const { by, isBound = false } = end;
  const owner = ownerOf(end, found);
  if (by === undefined || owner === undefined || owner === by) return false;
  return isBound || !(await isStale(deps, owner, moment.now));
};

// After any failure the ends of a group are handled one by one. But a contended group is tried again as it is: single
// ends would conflict even more often.
const commitQuietly = async (
  deps: SessionDeps,
  inShard: (shard: number) => EndPlan[],
  moment: Moment,
): Promise<EndPlan[]> => {
  try {
    return await retrying(deps.pace, moment.deadline, async (attempt) => {
      const group = inShard(shardFor(attempt, deps.pace.random));
      const outcome = await tryCounting(deps, group);
      return outcome === "contended" ? undefined : outcome === "committed" ? group : [];
    });
  } catch (error) {
    deps.log.warn("session ends failed as a group", { error });
    return [];
  }
};

// Without an outcome the operator keeps the event and sends it again.
const endQuietly = async (
  deps: SessionDeps,
  end: SessionEnd,
  moment: Moment,
  moves: LiveMoves,
): Promise<EndOutcome | undefined> => {
  try {
    return await endSession(deps, end, moment, moves);
  } catch (error) {
    deps.log.warn("session end failed", { session_id: end.sessionId, error });
    return undefined;
  }
};

const finished = ({ record, leaves, firstKnown }: EndPlan, deps: SessionDeps, moves: LiveMoves): EndOutcome => {
  if (leaves !== undefined) recordMove(moves, leaves, record, -1);
  if (firstKnown === true) recordTally(moves, record.instanceId, createdTally(kindOfSession(record)));
  // A lost session may turn out to run, and a counter cannot go down.
  if (record.state === "ended")
    recordTally(moves, record.instanceId, endedTally(kindOfSession(record), record.seconds));
  if (record.clamped !== undefined)
    deps.log.warn("session end clamped", {
      session_id: record.sessionId,
      instance_id: record.instanceId,
      clamped: record.clamped,
      ended_at: formatTime(record.endedAt),
    });
  if (record.state === "lost") deps.log.warn("session lost", sessionLogFields(record, deps));
  else deps.log.info("Session End", { ...sessionLogFields(record, deps), session_duration: record.seconds });
  return { kind: "ended", sessionId: record.sessionId, seconds: record.seconds };
};
