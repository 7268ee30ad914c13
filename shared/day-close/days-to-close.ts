import { daysGivenKey, ITEM_VERSION } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, latest, monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "../usage/beginning.ts";
import { markChangedDays } from "../usage/changed-days.ts";
import { daysBetween, endOf, firstClosable, lastClosable, SETTLED_MS } from "../usage/closing.ts";
import { type DayStats, readMonthStats } from "../usage/day-stats.ts";
import { listDirtyDays, markIfClean } from "../usage/marks.ts";
import type { LiveSpan } from "./day-sessions.ts";

const WRITES_AT_ONCE = 8;
/**
 * The days whose fixed numbers every run holds against their rollups, and those that the first run of a day does: longer
 * than any session runs.
 */
const LOOKED_AT_HOURLY = 3;
const LOOKED_AT_DAILY = 35;

export type DaysToClose = {
  /** The oldest first. */
  days: string[];
  /** Marked, but so old that retention has begun to clean up their sessions: they stay as they are. */
  tooOld: string[];
};

/**
 * The days that are to be closed, or closed again. Every one of them carries a mark, so that whatever becomes of this run,
 * the next one finds it: those that are over since the last run are marked here, and so are those that a session ran on
 * that was told of too late to be seen then and that still runs.
 */
export const daysToClose = async (
  table: Table,
  live: readonly LiveSpan[],
  now: EpochMs,
  retentionDays: number,
): Promise<DaysToClose> => {
  const oldest = firstClosable(now, retentionDays);
  const last = lastClosable(now);
  const beginning = await readBeginning(table);
  const first = beginning === undefined || beginning > oldest ? beginning : oldest;
  const marked = new Set(await listDirtyDays(table));
  if (first !== undefined && first <= last) {
    const added = await markNewDays(table, first, last);
    for (const day of added) marked.add(day);
    for (const day of await markMissedBy(table, live, oldest, last)) marked.add(day);
    const looks = (added.length > 0 ? LOOKED_AT_DAILY : LOOKED_AT_HOURLY) - 1;
    const lookedAt = daysBetween(latest(oldest, dayOf(startOf(last) - looks * DAY_MS)), last);
    for (const day of await markChangedDays(table, lookedAt, marked, now)) marked.add(day);
  }
  const known = [...marked].sort();
  return {
    days: known.filter((day) => day >= oldest && day <= last),
    tooOld: known.filter((day) => day < oldest),
  };
};

// Since it is over, whatever is told of a day marks it anew.
const markNewDays = async (table: Table, first: string, last: string): Promise<string[]> => {
  const given = await table.get(daysGivenKey, { consistent: true });
  const [givenFirst, givenLast] = [String(given?.["first"] ?? ""), String(given?.["last"] ?? "")];
  const days = daysBetween(first, last).filter((day) => given === undefined || day < givenFirst || day > givenLast);
  if (days.length === 0) return [];
  await inParallel(days, WRITES_AT_ONCE, (day) => markIfClean(table, day, endOf(day)));
  const item = {
    ...daysGivenKey,
    v: ITEM_VERSION,
    first: given === undefined || first < givenFirst ? first : givenFirst,
    last: given === undefined || last > givenLast ? last : givenLast,
  };
  await table.write({ kind: "put", item });
  return days;
};

/**
 * Marks the days that these sessions ran on but that were fixed before the server knew of them, and gives them. A start
 * writes no marks: only those that came a day late would need any, and while they run they are seen here.
 */
export const markMissedBy = async (
  table: Table,
  sessions: readonly Pick<LiveSpan, "from" | "createdAt">[],
  first: string,
  last: string,
): Promise<string[]> => {
  const knownAt = new Map<string, EpochMs>();
  for (const { from, createdAt } of sessions) {
    const begins = dayOf(Math.max(from, startOf(first)));
    for (const day of daysBetween(begins, last)) {
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
