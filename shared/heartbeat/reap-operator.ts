import { liveList, operatorKey, sessionKey } from "../contract/keys.ts";
import { SECOND_MS } from "../contract/time.ts";
import { digestOf, liveKindsOf } from "../operators/live-set.ts";
import {
  isSilent,
  OPERATOR_RETENTION_MS,
  type Operator,
  operatorFrom,
  unheardSince,
  unlistedSince,
} from "../operators/operator.ts";
import { countedIn, foldWrite, withoutTotals } from "../operators/totals.ts";
import { type Counting, commitCounting } from "../sessions/commit.ts";
import type { Moment, SessionDeps } from "../sessions/deps.ts";
import { groupsOf } from "../sessions/groups.ts";
import { lostPlan } from "../sessions/lost.ts";
import { isLiveAt, type LiveSession, type OverSession, sessionLogFields, sessionRecord } from "../sessions/record.ts";
import { noteSeatsSeen } from "../sessions/seats-seen.ts";
import { retrying } from "../store/retry.ts";
import type { Item, Write } from "../store/table.ts";

export type ReapDeps = SessionDeps & {
  /** The sessions of an operator are lost after this long without a list, and it is given up after this long in silence. */
  lostAfterMs: number;
};

export type OperatorReaped = {
  /** Sessions ended as lost. */
  lost: number;
  /**
   * `nothing to do`: it is given up already, is back, or still starts sessions. `left`: the deadline came first.
   * `failed`: at least one session failed, as the log says; the others are done.
   */
  outcome: "given up" | "nothing to do" | "left" | "failed";
};

/** Ends the sessions of one operator that is gone, then gives it up if it has no live session any more. */
export const reapOperator = async (deps: ReapDeps, operator: Operator, moment: Moment): Promise<OperatorReaped> => {
  let lost = 0;
  try {
    const done = await loseSessions(deps, operator, moment);
    lost = done.lost;
    if (done.rest === "back") return { lost, outcome: "nothing to do" };
    if (done.rest !== "none") return { lost, outcome: done.rest };
    // A release without totals gave operators up and left their counters in the item.
    if (operator.givenUp && lost === 0 && !operator.hasTotals) return { lost, outcome: "nothing to do" };
    return { lost, outcome: await giveUp(deps, operator, moment) };
  } catch (error) {
    deps.log.warn("operator not reaped", { instance_id: operator.instanceId, error });
    return { lost, outcome: "failed" };
  }
};

/**
 * Ends the sessions of a silent operator that are older than its silence may be, at the last heartbeat that listed them. `rest`:
 * `none` if that was all, else why some are left.
 */
export const loseSessions = async (deps: ReapDeps, operator: Operator, moment: Moment): Promise<Lost> => {
  const overdue = (await liveSessions(deps, operator)).filter(
    // A start is a sign of life, too. It may come from an operator whose heartbeats never arrived.
    ({ createdAt }) => moment.now - createdAt > deps.lostAfterMs,
  );
  let lost = 0;
  let failed = false;
  for (const group of groupsOf(overdue.map(lossOf(deps, operator)), 1)) {
    if (deps.pace.now() >= moment.deadline) return { lost, rest: "left" };
    const done = (await loseGroup(deps, operator, group)) ?? (await loseOneByOne(deps, operator, group, moment));
    lost += done.lost;
    if (done.rest === "back" || done.rest === "left") return { lost, rest: done.rest };
    failed ||= done.rest === "failed";
  }
  return { lost, rest: failed ? "failed" : "none" };
};

type Loss = Counting & { session: LiveSession; record: OverSession };
/** How many of a group were lost, and what happened to the others. */
type Lost = { lost: number; rest: "none" | "back" | "left" | "failed" };

const lossOf =
  ({ retentionDays }: ReapDeps, operator: Operator) =>
  (session: LiveSession): Loss => {
    const lastListed = operator.unlisted[session.sessionId] ?? operator.listedAt ?? session.startedAt;
    return { ...lostPlan(session, lastListed, retentionDays), session };
  };

const commit = async (deps: ReapDeps, operator: Operator, group: readonly Loss[]): Promise<boolean> => {
  const committed = await commitCounting(deps, group, [leaveLiveSet(operator, group)]);
  if (!committed) return false;
  for (const { session } of group) deps.log.warn("session lost", sessionLogFields(session, deps));
  await noteSeatsSeen(
    deps,
    // A seat that was given back was noted as seen in the same transaction.
    group.flatMap(({ givesBack, record }) => (givesBack === undefined ? [record] : [])),
    deps.pace.now(),
  );
  return true;
};

// Undefined if the group was refused or failed. Then each session is handled alone, so that one failure stops no other.
const loseGroup = async (deps: ReapDeps, operator: Operator, group: readonly Loss[]): Promise<Lost | undefined> => {
  try {
    return (await commit(deps, operator, group)) ? { lost: group.length, rest: "none" } : undefined;
  } catch (error) {
    deps.log.warn("sessions failed to be lost as a group", { sessions: group.length, error });
    return undefined;
  }
};

const loseOneByOne = async (
  deps: ReapDeps,
  operator: Operator,
  group: readonly Loss[],
  moment: Moment,
): Promise<Lost> => {
  let lost = 0;
  let rest: Lost["rest"] = "none";
  for (const { session } of group) {
    if (deps.pace.now() >= moment.deadline) return { lost, rest: "left" };
    try {
      const outcome = await loseSession(deps, operator, session.sessionId, moment);
      if (outcome === "back") return { lost, rest: "back" };
      if (outcome === "lost") lost += 1;
    } catch (error) {
      deps.log.warn("session not reaped", { session_id: session.sessionId, error });
      rest = "failed";
    }
  }
  return { lost, rest };
};

const loseSession = (
  deps: ReapDeps,
  operator: Operator,
  sessionId: string,
  moment: Moment,
): Promise<"lost" | "over" | "back"> =>
  retrying(deps.pace, moment.deadline, async () => {
    const current = await readOperator(deps, operator);
    if (current === undefined || !isUnlistedSince(operator, current)) return "back";
    const item = await deps.table.get(sessionKey(sessionId), { consistent: true });
    const session = item && sessionRecord(item);
    if (session === undefined || !isLiveAt(operator)(session)) return "over";
    return (await commit(deps, operator, [lossOf(deps, operator)(session)])) ? "lost" : undefined;
  });

// Records as the table has them: the index still shows for a while what has just ended.
const liveSessions = async (deps: ReapDeps, operator: Operator): Promise<LiveSession[]> => {
  const shown = await deps.table.query({ partition: liveList(operator.instanceId), index: true });
  const keys = shown.map((item) => sessionKey(sessionRecord(item).sessionId));
  return (await deps.table.batchGet(keys, { consistent: true })).map(sessionRecord).filter(isLiveAt(operator));
};

const readItem = ({ table }: ReapDeps, { instanceId }: Operator): Promise<Item | undefined> =>
  table.get(operatorKey(instanceId), { consistent: true });

const readOperator = async (deps: ReapDeps, operator: Operator): Promise<Operator | undefined> => {
  const item = await readItem(deps, operator);
  return item && operatorFrom(item);
};

const isUnlistedSince = (seen: Operator, now: Operator): boolean =>
  now.listedAt === seen.listedAt && now.refusedAt === seen.refusedAt && now.registeredAt === seen.registeredAt;

// In the same transaction, since a run may be killed anywhere. If the digest moved later, an operator that is back and
// lists the lost sessions would seem to agree with the table.
const leaveLiveSet = (operator: Operator, group: readonly Loss[]): Write => {
  const { count, sum } = digestOf(group.map(({ session }) => session.sessionId));
  const { ci, previews } = liveKindsOf(group.map(({ session }) => session));
  return {
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: {
      expression: "ADD liveCount :count, liveSum :sum, liveCi :ci, livePreviews :previews",
      values: { ":count": -count, ":sum": -sum, ":ci": -ci, ":previews": -previews },
    },
    condition: unlistedSince(operator),
  };
};

// An operator is forgotten only if it has no live session: its item is how its sessions are found. Its counters move to
// the totals of operators that were given up. If it comes back, it counts from zero.
const giveUp = async (
  deps: ReapDeps,
  operator: Operator,
  { now, deadline }: Moment,
): Promise<"given up" | "nothing to do"> => {
  const item = await readItem(deps, operator);
  if (item === undefined || (await liveSessions(deps, operator)).length > 0) return "nothing to do";
  const current = operatorFrom(item);
  if (!isSilent(current, deps.lostAfterMs, now)) return "nothing to do";
  const unheard = unheardSince(operator);
  // A session that started meanwhile moved the digest.
  const unmoved = current.hasDigest ? "liveCount = :count AND liveSum = :sum" : "attribute_not_exists(liveCount)";
  const { count, sum } = current.digest;
  const { remove, unmoved: uncounted } = withoutTotals(item);
  const expires = Math.floor((now + OPERATOR_RETENTION_MS) / SECOND_MS);
  const leave: Write = {
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: {
      expression: `SET expiresAt = :expires, liveCount = :none, liveSum = :none, liveCi = :none REMOVE livePreviews, unlisted, ${remove}`,
      values: { ":expires": expires, ":none": 0 },
    },
    condition: {
      expression: `${unheard.expression} AND ${unmoved} AND ${uncounted.expression}`,
      values: {
        ...unheard.values,
        ...(current.hasDigest ? { ":count": count, ":sum": sum } : {}),
        ...uncounted.values,
      },
    },
  };
  const done = await retrying(deps.pace, deadline, async () => {
    const result = await deps.table.transact(countedIn(item) === 0 ? [leave] : [leave, foldWrite(item)]);
    return result.outcome === "conflict" ? undefined : result.outcome;
  });
  return done === "committed" && !current.givenUp ? "given up" : "nothing to do";
};
