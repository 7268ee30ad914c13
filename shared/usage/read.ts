import { ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import type { CountedSession } from "./counted.ts";
import { usageRow } from "./rollup-item.ts";
import type { UsageRow } from "./row.ts";
import { readUsageSince } from "./since.ts";
import { monthsBetween, splitTimeframe } from "./timeframe.ts";

const READS_AT_ONCE = 8;

/** Finds the ended sessions in a part of one day, `from <= ended < to`. */
export type SessionsInPart = (part: { from: EpochMs; to: EpochMs }) => Promise<CountedSession[]>;

export type Usage = {
  /** What ended in the period, in rows that still may share an identity. */
  rows: UsageRow[];
  allTime: { sessions: number; seconds: number; ciSessions: number };
};

/**
 * Reads what ended in `from <= t < to`, and what ended ever. Reads rollups, so its cost grows with users and days, not
 * with sessions; only parts of a day at the two ends list sessions. A `to` at or after now takes today whole.
 */
export const readUsage = async (
  table: Table,
  period: { from: EpochMs | undefined; to: EpochMs },
  now: EpochMs,
  sessionsInPart: SessionsInPart,
): Promise<Usage> => {
  const since = await readUsageSince(table);
  if (since === undefined) return { rows: [], allTime: { sessions: 0, seconds: 0, ciSessions: 0 } };
  const from = Math.max(period.from ?? Number.NEGATIVE_INFINITY, startOf(since));
  const today = startOf(dayOf(now));
  const to = period.to >= now ? Math.max(dayCeiling(period.to), today + DAY_MS) : period.to;
  // A clock that is ahead may have ended a session some minutes from now, in a month that is not yet.
  const lastMonth = monthOf(now + DAY_MS);
  const wanted = splitTimeframe(from, Math.min(to, now + 2 * DAY_MS));
  const rows: UsageRow[] = [];
  const allTime = { sessions: 0, seconds: 0, ciSessions: 0 };

  await inParallel(monthsBetween(since, lastMonth), READS_AT_ONCE, async (month) => {
    const ofMonth = await readRollups(table, month);
    for (const row of ofMonth) addTo(allTime, row);
    if (wanted.months.includes(month)) for (const row of ofMonth) rows.push(row);
  });
  await inParallel(wanted.days, READS_AT_ONCE, async (day) => {
    for (const row of await readRollups(table, day)) rows.push(row);
  });
  for (const part of wanted.parts) for (const session of await sessionsInPart(part)) rows.push(singleRow(session));
  return { rows, allTime };
};

/** The rollup rows of a day (`yyyy-mm-dd`) or a month (`yyyy-mm`), shard by shard. */
export const readRollups = async (table: Table, period: string): Promise<UsageRow[]> => {
  const items = await table.query({ partition: rollupPartition(period), range: { prefix: ROLLUP_PREFIX } });
  return items.map(usageRow);
};

/** What a range over `at`, both ends contained, has to be for a part of a day: times are whole milliseconds. */
export const partRange = ({ from, to }: { from: EpochMs; to: EpochMs }) => ({
  day: dayOf(from),
  range: { from: formatTime(from), to: formatTime(to - 1) },
});

const dayCeiling = (time: EpochMs): EpochMs => Math.ceil(time / DAY_MS) * DAY_MS;

// The totals of people's sessions; those of CI stand apart.
const addTo = (allTime: Usage["allTime"], row: UsageRow): void => {
  if (row.ci) {
    allTime.ciSessions += row.sessions;
    return;
  }
  allTime.sessions += row.sessions;
  allTime.seconds += row.seconds;
};

const singleRow = ({ identity, startedAt, endedAt, seconds }: CountedSession): UsageRow => ({
  ...identity,
  sessions: 1,
  seconds,
  firstStart: startedAt,
  lastEnd: endedAt,
});
