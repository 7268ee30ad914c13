import { monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { type DayStats, readMonthStats } from "./day-stats.ts";
import { listDirtyDays } from "./marks.ts";
import { monthsBetween } from "./timeframe.ts";

const READS_AT_ONCE = 8;

/** The statistics of the days from one to another that are closed and need not be closed again, by day. */
export const readClosedDays = async (table: Table, first: string, last: string): Promise<Map<string, DayStats>> => {
  const closed = new Map<string, DayStats>();
  if (first > last) return closed;
  // A mark goes only after the new numbers stand: read before them, it is never missed for old ones.
  const dirty = new Set(await listDirtyDays(table));
  const months = monthsBetween(monthOf(startOf(first)), monthOf(startOf(last)));
  await inParallel(months, READS_AT_ONCE, async (month) => {
    for (const [day, stats] of await readMonthStats(table, month, { consistent: false }))
      if (day >= first && day <= last && !dirty.has(day)) closed.set(day, stats);
  });
  return closed;
};
