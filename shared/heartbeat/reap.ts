import type { EpochMs } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import { type Operator, sentListAt } from "../operators/operator.ts";
import { markedBook } from "../seats/book.ts";
import { foldDenials } from "../seats/denial-totals.ts";
import type { Moment } from "../sessions/deps.ts";
import { type ReapDeps, reapOperator } from "./reap-operator.ts";

export type { ReapDeps } from "./reap-operator.ts";

export type Reaped = {
  /** Sessions ended as lost. */
  lost: number;
  /** Operators given up: they have no live session any more. */
  operators: number;
  /** Operators left for the next run: not reached before the deadline, or failed. */
  left: number;
  /** How many of those failed. */
  failed: number;
};

/**
 * Ends the sessions of operators that are gone for good, at their last heartbeat with a list. Every transaction checks that the
 * operator has sent no list since, so it never races a returning one. Every step has a condition on what was read,
 * so a run may be killed anywhere and may run twice at once. If a session turns out to run, the heartbeat that lists it
 * revives it. If its true end arrives, that replaces the record.
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
  // For the metrics: denials are written into the books that operators are in.
  const books = operators.flatMap(({ book }) => (book === undefined ? [] : [markedBook(book).name]));
  await foldDenials(deps.table, books, moment.now);
  return result;
};

// By its lists: an agent that cannot see its cluster sends heartbeats without one. An operator that never sent a heartbeat may
// have sessions, too. They would stay live forever.
const isGone = (operator: Operator, lostAfterMs: number, now: EpochMs): boolean => {
  const sentAt = sentListAt(operator);
  return sentAt === undefined || now - sentAt > lostAfterMs;
};

// Operators given up come last: they only matter if a session was being started just then.
const byUrgency = (one: Operator, other: Operator): number =>
  Number(one.givenUp) - Number(other.givenUp) || (sentListAt(one) ?? 0) - (sentListAt(other) ?? 0);
