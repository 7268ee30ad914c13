import { OPERATORS_PARTITION, sessionTotalsKey } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { type Item, StoreUnavailable, type Table } from "../store/table.ts";
import { storedLiveCi, storedLivePreviews } from "./live-set.ts";
import { isSilent, operatorFrom } from "./operator.ts";
import { isShared } from "./rival.ts";
import { addTotals, countedIn, type SessionTotals, totalsIn } from "./totals.ts";

/** What is running now and what has ever run, over all operators. */
export type SessionCounts = {
  totals: SessionTotals;
  active: { people: number; ci: number; previews: number };
  operators: Record<OperatorState, number>;
  /** Of those that are active. */
  faults: Record<OperatorFault, number>;
};

/** As the list of operators has it: `gone` is one that was given up. */
export type OperatorState = "active" | "stale" | "gone";

/** `list_refused`: the list of its last heartbeat was refused. `id_shared`: two operators use its `instance_id`. */
export type OperatorFault = "list_refused" | "id_shared";

const MAX_READINGS = 5;

/**
 * Counts sessions and operators from the operators' items alone, so the cost does not depend on the number of sessions.
 * Everything is read consistently: after an eventual read the next one may show less, which looks like a restarted
 * counter. When an operator is given up its totals move to another item; a reading in which that happens is repeated.
 */
export const readSessionCounts = async (table: Table, staleMs: number, now: EpochMs): Promise<SessionCounts> => {
  const readFolded = () => table.get(sessionTotalsKey, { consistent: true });
  let before = await readFolded();
  for (let reading = 0; reading < MAX_READINGS; reading += 1) {
    const items = await table.query({ partition: OPERATORS_PARTITION, consistent: true });
    const after = await readFolded();
    if (countedIn(after) === countedIn(before)) return countsOf(items, after, staleMs, now);
    before = after;
  }
  throw new StoreUnavailable("operators are being given up all the time");
};

const countsOf = (items: readonly Item[], folded: Item | undefined, staleMs: number, now: EpochMs): SessionCounts => {
  const counts: SessionCounts = {
    totals: totalsIn(folded),
    active: { people: 0, ci: 0, previews: 0 },
    operators: { active: 0, stale: 0, gone: 0 },
    faults: { list_refused: 0, id_shared: 0 },
  };
  for (const item of items) {
    const operator = operatorFrom(item);
    const [ci, previews] = [storedLiveCi(item), storedLivePreviews(item)];
    counts.totals = addTotals(counts.totals, totalsIn(item));
    counts.active.people += operator.digest.count - ci;
    counts.active.ci += ci - previews;
    counts.active.previews += previews;
    const state = operator.givenUp ? "gone" : isSilent(operator, staleMs, now) ? "stale" : "active";
    counts.operators[state] += 1;
    if (state !== "active") continue;
    if (operator.refusedAt !== undefined) counts.faults.list_refused += 1;
    if (isShared(operator, staleMs, now)) counts.faults.id_shared += 1;
  }
  // A live set may be short, until it is reconciled, by a move that a request has not made yet or never makes.
  counts.active.people = Math.max(0, counts.active.people);
  counts.active.ci = Math.max(0, counts.active.ci);
  counts.active.previews = Math.max(0, counts.active.previews);
  return counts;
};
