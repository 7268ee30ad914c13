import { liveList, operatorKey, sessionKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Write } from "../store/table.ts";
import { commitCounting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { groupsOf } from "./groups.ts";
import { listOperators } from "./list.ts";
import { lostPlan } from "./lost.ts";
import type { Operator } from "./operator.ts";
import { type LiveSession, sessionLogFields, sessionRecord } from "./record.ts";

/** How long the item of an operator is kept after it was given up. */
const OPERATOR_RETENTION_MS = 30 * DAY_MS;

export type ReapDeps = SessionDeps & {
  /** After this long without a heartbeat an operator is given up. */
  lostAfterMs: number;
};

export type Reaped = {
  /** Sessions ended as lost. */
  lost: number;
  /** Operators given up: nothing of theirs is live any more. */
  operators: number;
  /** Operators with something left to do: not reached before the deadline, or busy just now. */
  left: number;
};

/**
 * Ends the sessions of operators that are gone for good, as of their last heartbeat. Every transaction checks that the
 * operator has still not been heard of, so it never races a returning one; every step is on condition of what was read,
 * so it may be killed anywhere, run again, and run twice at once. If a session turns out to run, the heartbeat that
 * lists it revives it; if its true end arrives, that takes the record's place.
 */
export const reapOperators = async (deps: ReapDeps, moment: Moment): Promise<Reaped> => {
  const result: Reaped = { lost: 0, operators: 0, left: 0 };
  const gone = (await listOperators(deps.table)).filter((operator) => isGone(operator, deps.lostAfterMs, moment.now));
  for (const operator of gone.sort((one, other) => heardAt(one) - heardAt(other))) {
    if (deps.pace.now() >= moment.deadline) {
      result.left += 1;
      continue;
    }
    try {
      const { lost, done } = await reapOperator(deps, operator, moment);
      result.lost += lost;
      if (done) result.operators += 1;
      else result.left += 1;
    } catch (error) {
      deps.log.warn("operator not reaped", { instance_id: operator.instanceId, error });
      result.left += 1;
    }
  }
  return result;
};

/** Whether an operator is gone for good, and not given up already. */
const isGone = (operator: Operator, lostAfterMs: number, now: EpochMs): boolean =>
  !operator.givenUp && operator.lastHeartbeat !== undefined && now - operator.lastHeartbeat > lostAfterMs;

const heardAt = ({ lastHeartbeat }: Operator): EpochMs => lastHeartbeat ?? 0;

const reapOperator = async (
  deps: ReapDeps,
  operator: Operator,
  moment: Moment,
): Promise<{ lost: number; done: boolean }> => {
  const sessions = await liveSessions(deps, operator.instanceId);
  const stillGone = unheardSince(operator);
  let lost = 0;
  const plans = sessions.map((session) => ({
    ...lostPlan(session, operator.unlisted[session.sessionId] ?? heardAt(operator), deps.retentionDays),
    session,
  }));
  for (const group of groupsOf(plans, 1)) {
    if (deps.pace.now() >= moment.deadline) return { lost, done: false };
    if (!(await commitCounting(deps, group, [stillGone]))) return { lost, done: false };
    lost += group.length;
    for (const { session } of group) deps.log.warn("session lost", sessionLogFields(session));
  }
  return { lost, done: await giveUp(deps, operator, moment.now) };
};

const liveSessions = async (deps: ReapDeps, instanceId: string): Promise<LiveSession[]> => {
  const shown = await deps.table.query({ partition: liveList(instanceId), index: true });
  const keys = shown.map((item) => sessionKey(sessionRecord(item).sessionId));
  const records = (await deps.table.batchGet(keys, { consistent: true })).map(sessionRecord);
  return records.filter((record): record is LiveSession => record.state === "live" && record.instanceId === instanceId);
};

const unheardSince = (operator: Operator): Write & { kind: "check" } => ({
  kind: "check",
  key: operatorKey(operator.instanceId),
  condition: {
    expression: "lastHeartbeat = :heard",
    values: { ":heard": formatTime(heardAt(operator)) },
  },
});

// Only an operator of which nothing is live may be forgotten one day: its item is how its sessions are found.
const giveUp = async (deps: ReapDeps, operator: Operator, now: EpochMs): Promise<boolean> => {
  const left = await deps.table.query({ partition: liveList(operator.instanceId), index: true });
  if (left.length > 0) return false;
  const outcome = await deps.table.write({
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: {
      expression: "SET expiresAt = :expires, liveCount = :none, liveSum = :none REMOVE unlisted",
      values: { ":expires": Math.floor((now + OPERATOR_RETENTION_MS) / SECOND_MS), ":none": 0 },
    },
    condition: unheardSince(operator).condition,
  });
  return outcome.outcome === "written";
};
