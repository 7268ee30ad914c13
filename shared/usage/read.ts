import { rollupKey } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, monthOf, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { addTo, noTotals, readTotals, type UsageTotals } from "./all-time.ts";
import { type CountedSession, rollupHash } from "./counted.ts";
import { dayPart, monthParts, visitRollups } from "./read-rollups.ts";
import { mergeTotals, type RollupTotals, totalsOf, usageRow } from "./rollup-item.ts";
import { kindOf, type UsageRow } from "./row.ts";
import { readUsageSince } from "./since.ts";
import { monthsBetween, splitTimeframe } from "./timeframe.ts";

/** This many pages of a megabyte are in memory at once. */
const READS_AT_ONCE = 4;

/** Finds the ended sessions in a part of one day, `from <= ended < to`. */
export type SessionsInPart = (part: { from: EpochMs; to: EpochMs }) => Promise<CountedSession[]>;

export type Usage = {
  /** What ended in the period, a row for each identity. */
  rows: Iterable<UsageRow>;
  allTime: UsageTotals;
};

/**
 * Reads what ended in `from <= t < to`, and what ended ever. It reads rollups, so its cost grows with users and days,
 * not with sessions. Only parts of a day at both ends list sessions. A `to` at or after now includes all of today.
 */
export const readUsage = async (
  table: Table,
  period: { from: EpochMs | undefined; to: EpochMs },
  now: EpochMs,
  sessionsInPart: SessionsInPart,
): Promise<Usage> => {
  const since = await readUsageSince(table);
  if (since === undefined) return { rows: [], allTime: noTotals() };
  const from = Math.max(period.from ?? Number.NEGATIVE_INFINITY, startOf(since));
  const today = startOf(dayOf(now));
  const to = period.to >= now ? Math.max(dayCeiling(period.to), today + DAY_MS) : period.to;
  const wanted = splitTimeframe(from, Math.min(to, now + 2 * DAY_MS));
  const rows = new Map<string, UsageRow>();
  // A clock that is ahead may have ended a session some minutes from now, in a month that has not begun.
  const lastDay = dayOf(now + DAY_MS);
  // The months that are read anyway are not read twice.
  const ofWanted = noTotals();
  const others = monthsBetween(since, monthOf(startOf(lastDay))).filter((month) => !wanted.months.includes(month));
  const [ofOthers] = await Promise.all([
    readTotals(table, others, lastDay),
    inParallel([...wanted.months.flatMap(monthParts), ...wanted.days.map(dayPart)], READS_AT_ONCE, (part) => {
      const isMonth = wanted.months.includes(part.period);
      return visitRollups(table, part, (item) => {
        const row = usageRow(item);
        if (isMonth) addTo(ofWanted, totalsOfRow(row));
        merge(rows, rowName(String(item["sk"])), row);
      });
    }),
    inParallel(wanted.parts, READS_AT_ONCE, async (part) => {
      for (const session of await sessionsInPart(part))
        merge(rows, rowName(rollupKey("", rollupHash(session.identity), 0).sk), singleRow(session));
    }),
  ]);
  const allTime = { ...ofOthers };
  addTo(allTime, ofWanted);
  return { rows: rows.values(), allTime };
};

/** The range over `at`, both ends included, for a part of a day. Times are whole milliseconds. */
export const partRange = ({ from, to }: { from: EpochMs; to: EpochMs }) => ({
  day: dayOf(from),
  range: { from: formatTime(from), to: formatTime(to - 1) },
});

const dayCeiling = (time: EpochMs): EpochMs => Math.ceil(time / DAY_MS) * DAY_MS;

const totalsOfRow = (row: UsageRow): UsageTotals => {
  const { sessions, seconds } = row;
  const kind = kindOf(row);
  return {
    sessions: kind === "user" ? sessions : 0,
    seconds: kind === "user" ? seconds : 0,
    ciSessions: kind === "ci" ? sessions : 0,
    previewSessions: kind === "preview" ? sessions : 0,
  };
};

// The key of a row without its shard: the same for the rows of an identity in every period.
const rowName = (sortKey: string): string => sortKey.slice(0, sortKey.lastIndexOf("#"));

// Merged as they arrive, so that a year of months needs no more memory than its identities.
const merge = (rows: Map<string, UsageRow>, name: string, row: UsageRow): void => {
  // A row without sessions is stale: a correction left it.
  if (row.sessions === 0) return;
  const known = rows.get(name);
  if (known === undefined) rows.set(name, row);
  else Object.assign(known, mergeTotals(known, row));
};

const singleRow = (session: CountedSession): UsageRow => ({
  ...session.identity,
  ...(totalsOf([session]) as RollupTotals),
});
