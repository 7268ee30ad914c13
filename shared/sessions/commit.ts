import { dayOf } from "../contract/time.ts";
import type { Table, Write } from "../store/table.ts";
import { OTHER } from "../usage/combinations.ts";
import type { CountedChange, UsageMarks } from "../usage/marks.ts";
import { planRollups } from "../usage/rollups.ts";
import { endedSessionsOfDay } from "./ended-sessions.ts";

/** A session's write, with the usage that it adds and the usage that it removes. */
export type Counting = CountedChange & { write: Write };

export type CommitDeps = { table: Table; usageMarks: UsageMarks };

/**
 * Writes sessions together with the rollups, all or nothing. False if something has changed since they were planned: plan
 * them again. `checks` are conditions on other items.
 */
export const commitCounting = async (
  deps: CommitDeps,
  countings: readonly Counting[],
  checks: readonly Write[] = [],
): Promise<boolean> => (await tryCounting(deps, countings, checks)) === "committed";

/**
 * The same with the reason: `refused` if a session or a check is not as it was planned, `contended` if others wrote to the
 * rollups or the same items. After `contended` the same plan may succeed.
 */
export const tryCounting = async (
  deps: CommitDeps,
  planned: readonly Counting[],
  checks: readonly Write[] = [],
): Promise<"committed" | "refused" | "contended"> => {
  const { table } = deps;
  const countings = await Promise.all(planned.map((counting) => inCombination(deps.usageMarks, counting)));
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
