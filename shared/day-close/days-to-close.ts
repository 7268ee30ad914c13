import { daysGivenKey, ITEM_VERSION, ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, earliest, latest, monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readRegularBeginning } from "../usage/beginning.ts";
import { markChangedDays } from "../usage/changed-days.ts";
import {
  dayAfter,
  dayBefore,
  daysBetween,
  endOf,
  firstClosable,
  lastClosable,
  longestMs,
  SETTLED_MS,
} from "../usage/closing.ts";
import { type DayStats, readMonthStats } from "../usage/day-stats.ts";
import { listDirtyDays, markDeferredDays, markIfClean } from "../usage/marks.ts";
import { readUsageSince } from "../usage/since.ts";
import type { LiveSpan } from "./day-sessions.ts";

const WRITES_AT_ONCE = 8;
/**
 * The days whose figures are compared with their rollups by every run, and by the first run of a day: more days than a
 * session lasts.
 */
const LOOKED_AT_HOURLY = 3;
const LOOKED_AT_DAILY = 35;

export type DaysToClose = {
  /** The oldest first. */
  days: string[];
  /** Marked, but so old that retention has begun to delete their sessions: they stay as they are. */
  tooOld: string[];
};

/**
 * The days to close, or to close again. Each carries a mark, so that the next run finds it if this one fails. Marked
 * here are: days that ended since the last run, days that requests left to the job, and past days of live sessions that
 * were reported too late.
 */
export const daysToClose = async (
  table: Table,
  live: readonly LiveSpan[],
  now: EpochMs,
  retentionDays: number,
): Promise<DaysToClose> => {
  const oldest = firstClosable(now, retentionDays);
  const last = lastClosable(now);
  const beginning = await readRegularBeginning(table);
  const first = beginning === undefined || beginning > oldest ? beginning : oldest;
  await markDeferredDays(table, { first: oldest, last }, now);
  const marked = new Set(await listDirtyDays(table));
  const added = first !== undefined && first <= last ? await markNewDays(table, { oldest, first, last }) : [];
  for (const day of added) marked.add(day);
  // Also before the server's beginning: events reach back, and days with events are closed.
  for (const day of await markMissedBy(table, live, oldest, last)) marked.add(day);
  const looks = (added.length > 0 ? LOOKED_AT_DAILY : LOOKED_AT_HOURLY) - 1;
  const lookedAt = daysBetween(latest(oldest, dayOf(startOf(last) - looks * DAY_MS)), last);
  for (const day of await markChangedDays(table, lookedAt, marked, now)) marked.add(day);
  const known = [...marked].sort();
  return {
    days: known.filter((day) => day >= oldest && day <= last),
    tooOld: known.filter((day) => day < oldest),
  };
};

// A day is marked once when it is over. After that, every event of it marks it again.
const markNewDays = async (
  table: Table,
  { oldest, first, last }: { oldest: string; first: string; last: string },
): Promise<string[]> => {
  const given = await table.get(daysGivenKey, { consistent: true });
  const days =
    given === undefined
      ? [...(await usedDaysBefore(table, oldest, first)), ...daysBetween(first, last)]
      : daysBetween(latest(first, dayAfter(String(given["last"]))), last);
  if (days.length === 0) return [];
  await inParallel(days, WRITES_AT_ONCE, (day) => markIfClean(table, day, endOf(day)));
  const item = { ...daysGivenKey, v: ITEM_VERSION, first: given === undefined ? first : given["first"], last };
  await table.write({ kind: "put", item });
  return days;
};

// A release from before days were closed set no marks. The first run marks all days of the months with usage.
const usedDaysBefore = async (table: Table, oldest: string, first: string): Promise<string[]> => {
  const since = await readUsageSince(table);
  if (since === undefined) return [];
  const days = daysBetween(latest(oldest, `${since}-01`), dayBefore(first));
  const used: string[] = [];
  for (const [month, ofMonth] of Map.groupBy(days, (day) => monthOf(startOf(day)))) {
    const query = { partition: rollupPartition(month), range: { prefix: ROLLUP_PREFIX }, limit: 1 };
    if ((await table.queryPage(query)).items.length > 0) used.push(...ofMonth);
  }
  return used;
};

/**
 * Marks the days of these sessions that were closed before the server learned of them, and returns them. A start writes
 * no marks: only one that is a day late would need any, and while the session runs it is seen here.
 */
export const markMissedBy = async (
  table: Table,
  sessions: readonly Pick<LiveSpan, "from" | "createdAt" | "kind">[],
  first: string,
  last: string,
): Promise<string[]> => {
  const knownAt = new Map<string, EpochMs>();
  for (const { from, createdAt, kind } of sessions) {
    const begins = dayOf(Math.max(from, startOf(first)));
    const ends = earliest(last, dayOf(from + longestMs(kind)));
    for (const day of daysBetween(begins, ends)) {
      if (endOf(day) + SETTLED_MS > createdAt) break;
      knownAt.set(day, Math.max(createdAt, knownAt.get(day) ?? createdAt));
    }
  }
  const months = new Map<string, ReadonlyMap<string, DayStats>>();
  const missed: string[] = [];
  for (const [day, createdAt] of knownAt) {
    const month = monthOf(startOf(day));
    const stats = months.get(month) ?? (await readMonthStats(table, month, { consistent: false }));
    months.set(month, stats);
    const asOf = stats.get(day)?.asOf;
    if (asOf === undefined || asOf >= createdAt + SETTLED_MS) continue;
    await markIfClean(table, day, createdAt);
    missed.push(day);
  }
  return missed;
};
