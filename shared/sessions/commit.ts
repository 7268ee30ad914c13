import type { Table, Write } from "../store/table.ts";
import type { CountedChange, UsageMarks } from "../usage/marks.ts";
import { planRollups } from "../usage/rollups.ts";
import { endedSessionsOfDay } from "./ended-sessions.ts";

/** A session's write, with what it comes to count for and what it no longer counts for. */
export type Counting = CountedChange & { write: Write };

export type CommitDeps = { table: Table; usageMarks: UsageMarks };

/**
 * Writes sessions together with the rollups, all or nothing; false where the world has moved on since they were
 * planned, so that they must be planned again. `checks` are conditions on other items that must hold, too.
 */
export const commitCounting = async (
  deps: CommitDeps,
  countings: readonly Counting[],
  checks: readonly Write[] = [],
): Promise<boolean> => (await tryCounting(deps, countings, checks)) === "committed";

/**
 * The same in more words: `refused` where one of the sessions or checks is not as it was planned on, `contended` where
 * others were at the rollups or at the same items just then: the same may well succeed a moment later.
 */
export const tryCounting = async (
  deps: CommitDeps,
  countings: readonly Counting[],
  checks: readonly Write[] = [],
): Promise<"committed" | "refused" | "contended"> => {
  const { table } = deps;
  const added = countings.flatMap((counting) => counting.added ?? []);
  const removed = countings.flatMap((counting) => counting.removed ?? []);
  const rollups = await planRollups(table, added, removed, (day) => endedSessionsOfDay(table, day));
  if (!rollups.ok) return "contended";
  await deps.usageMarks.before(countings);
  const writes = [...checks, ...countings.map(({ write }) => write)];
  const result = await table.transact([...writes, ...rollups.writes]);
  if (result.outcome === "committed") return "committed";
  const isRollup = (place: number) => place >= writes.length;
  return result.outcome === "conflict" || [...result.refusals.keys()].every(isRollup) ? "contended" : "refused";
};
