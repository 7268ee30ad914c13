import { type EpochMs, monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { type DayStats, readMonthStats } from "./day-stats.ts";
import { daySums } from "./day-sums.ts";
import { markIfClean } from "./marks.ts";
import { readRollups } from "./read-rollups.ts";

const READS_AT_ONCE = 4;

/**
 * Marks the days whose figures no longer match their rollups, and returns them. Every count marks its days first, so
 * there are none. But the release before days were closed counts without marks, and it may run beside this one or after
 * a rollback. `days` are consecutive, the oldest first, up to the last that may be closed. A session that ended on one
 * of them may be counted as running on all later ones, so these are marked, too.
 */
export const markChangedDays = async (
  table: Table,
  days: readonly string[],
  marked: ReadonlySet<string>,
  now: EpochMs,
): Promise<string[]> => {
  const stats = await readStats(table, days);
  const changed: string[] = [];
  await inParallel(days, READS_AT_ONCE, async (day) => {
    const fixed = marked.has(day) ? undefined : stats.get(day);
    if (fixed !== undefined && isChanged(fixed, daySums(await readRollups(table, day)))) changed.push(day);
  });
  const [oldest] = changed.sort();
  const stale = oldest === undefined ? [] : days.filter((day) => day >= oldest);
  // As of now: a session may have ended or been revived together with the difference.
  await inParallel(stale, READS_AT_ONCE, (day) => markIfClean(table, day, now));
  return stale;
};

const readStats = async (table: Table, days: readonly string[]): Promise<Map<string, DayStats>> => {
  const months = [...new Set(days.map((day) => monthOf(startOf(day))))];
  const read = await Promise.all(months.map((month) => readMonthStats(table, month, { consistent: false })));
  return new Map(read.flatMap((ofMonth) => [...ofMonth]));
};

const isChanged = (fixed: DayStats, sums: ReturnType<typeof daySums>): boolean =>
  fixed.sessions !== sums.sessions ||
  fixed.seconds !== sums.seconds ||
  fixed.ciSessions !== sums.ciSessions ||
  fixed.ciSeconds !== sums.ciSeconds ||
  (fixed.previewSessions ?? 0) !== sums.previewSessions ||
  (fixed.previewSeconds ?? 0) !== sums.previewSeconds ||
  (fixed.earliestStart ?? Number.POSITIVE_INFINITY) !== sums.earliestStart ||
  fixed.activeUsers.machine !== sums.users.machine.size ||
  fixed.activeUsers.kubernetes !== sums.users.kubernetes.size;
