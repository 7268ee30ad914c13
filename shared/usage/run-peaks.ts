import { combinationsKey, ITEM_VERSION } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import type { Table, Write } from "../store/table.ts";
import { readFirstDayOf } from "./beginning.ts";
import { daysBetween } from "./closing.ts";

/** How many combinations have their peak stored for a day: more than it has rows for. */
const MOST_PEAKS = 1_000;

/** The most machine sessions at once of each combination, by its name (`combinationName`). */
export type RunPeaks = ReadonlyMap<string, number>;

/** Stores a day's peaks, unless a run of the job that began later has stored its own. */
export const runPeaksWrite = (day: string, peaks: RunPeaks, asOf: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: combinationsKey(day),
  update: {
    expression: "SET v = :v, peaks = :peaks, peaksAsOf = :asOf",
    values: {
      ":v": ITEM_VERSION,
      ":peaks": Object.fromEntries([...peaks].sort(([, one], [, other]) => other - one).slice(0, MOST_PEAKS)),
      ":asOf": asOf,
    },
  },
  condition: { expression: "attribute_not_exists(peaksAsOf) OR peaksAsOf <= :asOf", values: { ":asOf": asOf } },
});

/** The peaks over the closed days (UTC) that `from <= t < to` touches. */
export const readRunPeaks = async (
  table: Table,
  { from, to, now }: { from: EpochMs | undefined; to: EpochMs; now: EpochMs },
): Promise<RunPeaks> => {
  const peaks = new Map<string, number>();
  if (from !== undefined && from >= to) return peaks;
  const first = await readFirstDayOf(table, from, now);
  const last = dayOf(Math.min(to, now) - 1);
  if (first > last) return peaks;
  const keys = daysBetween(first, last).map(combinationsKey);
  for (const item of await table.batchGet(keys, { consistent: false }))
    for (const [name, peak] of Object.entries((item["peaks"] ?? {}) as Record<string, number>))
      peaks.set(name, Math.max(peak, peaks.get(name) ?? 0));
  return peaks;
};
