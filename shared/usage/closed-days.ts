import { monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readRegularBeginning } from "./beginning.ts";
import { daysBetween } from "./closing.ts";
import { type DayStats, readMonthStats } from "./day-stats.ts";
import { listDirtyDays } from "./marks.ts";
import { monthsBetween } from "./timeframe.ts";

const READS_AT_ONCE = 8;

/** The statistics of the days from one to another that are closed and carry no mark, by day. */
export const readClosedDays = async (table: Table, first: string, last: string): Promise<Map<string, DayStats>> =>
  (await readDays(table, first, last)).closed;

/**
 * The same, with the other days on which something may have happened: those that carry a mark, and those since the
 * server's beginning.
 */
export const readDayStates = async (
  table: Table,
  first: string,
  last: string,
): Promise<{ closed: Map<string, DayStats>; open: string[] }> => {
  const { closed, dirty } = await readDays(table, first, last);
  const beginning = await readRegularBeginning(table);
  const mayHaveUse = (day: string) => dirty.has(day) || (beginning !== undefined && day >= beginning);
  return { closed, open: daysBetween(first, last).filter((day) => !closed.has(day) && mayHaveUse(day)) };
};

const readDays = async (table: Table, first: string, last: string) => {
  const closed = new Map<string, DayStats>();
  if (first > last) return { closed, dirty: new Set<string>() };
  // A mark is deleted only after the new numbers are written: read before them, it is never missed for old ones.
  const dirty = new Set(await listDirtyDays(table));
  const months = monthsBetween(monthOf(startOf(first)), monthOf(startOf(last)));
  await inParallel(months, READS_AT_ONCE, async (month) => {
    for (const [day, stats] of await readMonthStats(table, month, { consistent: false }))
      if (day >= first && day <= last && !dirty.has(day)) closed.set(day, stats);
  });
  return { closed, dirty };
};
