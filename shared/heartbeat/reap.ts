import type { EpochMs } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import type { Operator } from "../operators/operator.ts";
import { foldDenials } from "../seats/denial-totals.ts";
import type { Moment } from "../sessions/deps.ts";
import { type ReapDeps, reapOperator } from "./reap-operator.ts";

export type { ReapDeps } from "./reap-operator.ts";

export type Reaped = {
  /** Sessions ended as lost. */
  lost: number;
  /** Operators given up: nothing of theirs is live any more. */
  operators: number;
  /** Operators with something left to do for the next run: not reached before the deadline, or faulty just now. */
  left: number;
  /** Those of them at which something went wrong. */
  failed: number;
};

/**
 * Ends the sessions of operators that are gone for good, as of their last heartbeat. Every transaction checks that the
 * operator has still not been heard of, so it never races a returning one; every step is on condition of what was read,
 * so it may be killed anywhere, run again, and run twice at once. If a session turns out to run, the heartbeat that
 * lists it revives it; if its true end arrives, that takes the record's place.
 */
export const reapOperators = async (deps: ReapDeps, moment: Moment): Promise<Reaped> => {
  const result: Reaped = { lost: 0, operators: 0, left: 0, failed: 0 };
  const operators = await listOperators(deps.table);
  const gone = operators.filter((operator) => isGone(operator, deps.lostAfterMs, moment.now));
  for (const operator of gone.sort(byUrgency)) {
    if (deps.pace.now() >= moment.deadline) {
      if (!operator.givenUp) result.left += 1;
      continue;
    }
    const { lost, outcome } = await reapOperator(deps, operator, moment);
    result.lost += lost;
    if (outcome === "given up") result.operators += 1;
    if (outcome === "left" || outcome === "failed") result.left += 1;
    if (outcome === "failed") result.failed += 1;
  }
  // For the metrics: the books that denials are written into are those that operators are in.
  const books = operators.flatMap(({ book }) => book ?? []);
  await foldDenials(deps.table, books, moment.now);
  return result;
};

// One that never sent a heartbeat may have sessions all the same, which would otherwise stay live for ever.
const isGone = ({ lastHeartbeat }: Operator, lostAfterMs: number, now: EpochMs): boolean =>
  lastHeartbeat === undefined || now - lastHeartbeat > lostAfterMs;

// Those given up come last: they are only looked at again for a session that was just being started meanwhile.
const byUrgency = (one: Operator, other: Operator): number =>
  Number(one.givenUp) - Number(other.givenUp) || (one.lastHeartbeat ?? 0) - (other.lastHeartbeat ?? 0);
