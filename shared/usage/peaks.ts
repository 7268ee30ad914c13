import { dayOf, type EpochMs } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "./beginning.ts";
import { readClosedDays } from "./closed-days.ts";
import { daysBetween } from "./closing.ts";

/**
 * The most CI sessions at once on the days (UTC) that `from <= t < to` touches. Of today, which nobody has swept yet, it
 * takes `runningCi`, those that run now. Null where a day that is over is not closed, or has to be closed again: then
 * the peak is not known.
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
  const closed = await readClosedDays(table, first, last);
  let peak = last === today ? runningCi : 0;
  for (const day of daysBetween(first, last)) {
    if (day === today) continue;
    const stats = closed.get(day);
    if (stats === undefined) return null;
    peak = Math.max(peak, stats.ciPeak);
  }
  return peak;
};
