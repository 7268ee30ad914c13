import { dayOf } from "../contract/time.ts";
import { type GivesBack, givingBack } from "../seats/holds.ts";
import type { Pace } from "../store/retry.ts";
import type { Table, TransactOutcome, Write } from "../store/table.ts";
import { OTHER } from "../usage/combinations.ts";
import type { CountedChange, UsageMarks } from "../usage/marks.ts";
import { planRollups } from "../usage/rollups.ts";
import { endedSessionsOfDay } from "./ended-sessions.ts";

/** A session's write, with the usage that it adds and the usage that it removes. */
export type Counting = CountedChange & { write: Write; givesBack?: GivesBack | undefined };

export type CommitDeps = { table: Table; usageMarks: UsageMarks; pace: Pick<Pace, "now"> };

/**
 * Writes sessions together with the rollups, all or nothing. False if something has changed since they were planned: plan
 * them again. `checks` are conditions on other items.
 */
export const commitCounting = async (
  deps: CommitDeps,
  countings: readonly Counting[],
  checks: readonly Write[] = [],
  how: { alone?: boolean } = {},
): Promise<boolean> => (await tryCounting(deps, countings, checks, how)) === "committed";

/**
 * The same with the reason: `refused` if a session or a check is not as it was planned, `contended` if others wrote to the
 * rollups, the seats or the same items. After `contended` the same plan may succeed. `alone`: nothing is read of the seats
 * that the sessions give back; it may succeed only if no other session holds them.
 */
export const tryCounting = async (
  deps: CommitDeps,
  planned: readonly Counting[],
  checks: readonly Write[] = [],
  { alone = false } = {},
): Promise<"committed" | "refused" | "contended"> => {
  const result = await transactCounting(deps, planned, checks, { alone });
  return result.outcome === "conflict" ? "contended" : result.outcome;
};

/** The same with what was refused: by its place among the sessions and, after them, the checks. */
export const transactCounting = async (
  deps: CommitDeps,
  planned: readonly Counting[],
  checks: readonly Write[],
  { alone = false } = {},
): Promise<TransactOutcome> => {
  const { table } = deps;
  const countings = await Promise.all(planned.map((counting) => inCombination(deps.usageMarks, counting)));
  const added = countings.flatMap((counting) => counting.added ?? []);
  const removed = countings.flatMap((counting) => counting.removed ?? []);
  const rollups = await planRollups(table, added, removed, (day) => endedSessionsOfDay(table, day));
  if (!rollups.ok) return { outcome: "conflict" };
  const leaving = countings.flatMap(({ givesBack }) => givesBack ?? []);
  const seats = await givingBack(table, leaving, deps.pace.now(), { alone });
  await deps.usageMarks.before(countings);
  const writes = [...countings.map(({ write }) => write), ...checks];
  const result = await table.transact([...writes, ...seats, ...rollups.writes]);
  if (result.outcome !== "refused") return result;
  const refusals = new Map([...result.refusals].filter(([place]) => place < writes.length));
  return refusals.size === 0 ? { outcome: "conflict" } : { outcome: "refused", refusals };
};

// A day has rows for a bounded number of combinations. All further sessions count together. Their records say so,
// because a correction must remove from the same row.
const inCombination = async (usageMarks: UsageMarks, counting: Counting): Promise<Counting> => {
  const { added, write } = counting;
  if (added?.identity.kind === undefined || write.kind !== "put") return counting;
  const { kind, provider = "", pipeline = "", environment = "", trigger = "" } = added.identity;
  const use = { kind, provider, pipeline, environment, trigger };
  if (await usageMarks.admitCombination(dayOf(added.endedAt), use)) return counting;
  return {
    ...counting,
    added: { ...added, identity: { ...added.identity, ...OTHER } },
    write: { ...write, item: { ...write.item, countedAs: OTHER } },
  };
};
