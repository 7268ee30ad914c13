import { dayOf, type EpochMs } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "./beginning.ts";
import { readDayStates } from "./closed-days.ts";

/**
 * The most CI sessions at once on the days (UTC) that `from <= t < to` touches. Today is not closed: `runningCi` counts for
 * it, the sessions that run now. Null if a past day is not closed, or has to be closed again: then the peak is not known.
 */
export const readCiPeak = async (
  { table }: { table: Table },
  { from, to, now, runningCi }: { from: EpochMs | undefined; to: EpochMs; now: EpochMs; runningCi: number },
): Promise<number | null> => {
  if (from !== undefined && from >= to) return 0;
  const [today, last] = [dayOf(now), dayOf(Math.min(to - 1, now))];
  const beginning = (await readBeginning(table)) ?? today;
  const first = from === undefined || dayOf(from) < beginning ? beginning : dayOf(from);
  if (first > last) return 0;
  const { closed, open } = await readDayStates(table, first, last);
  if (open.some((day) => day !== today)) return null;
  const peaks = [...closed].map(([, { ciPeak }]) => ciPeak);
  return Math.max(last === today ? runningCi : 0, ...peaks);
};
