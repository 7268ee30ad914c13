import { DAY_MS, dayOf, type EpochMs, earliest, formatTime, latest, startOf } from "../contract/time.ts";
import type { Item, Table } from "./table.ts";

/** A log with one partition per day (`yyyy-mm-dd`). The sort key of a row is its time and something unique. */
export type DayLog = (day: string) => string;

/** `from <= time < to`. */
export type LogRange = { from: EpochMs; to: EpochMs };

/** Where a page ended: the day, and its last row. */
export type LogPosition = { day: string; after?: Item | undefined };

export type LogPage = { rows: Item[]; next: LogPosition | undefined };

/** How many days one page may read: in quiet times, most have no rows. */
const DAYS_PER_PAGE = 100;

export type LogRequest = {
  range: LogRange;
  /** The days (`yyyy-mm-dd`) that can have rows: from the retention's limit to today. */
  days: { first: string; last: string };
  limit: number;
  position: LogPosition | undefined;
};

/** The rows of a log in a range of time, oldest first, in pages. A page may be short and still have a next one. */
export const listDayLog = async (
  table: Table,
  partitionOf: DayLog,
  { range: { from, to }, days, limit, position }: LogRequest,
): Promise<LogPage> => {
  const rows: Item[] = [];
  if (from >= to) return { rows, next: undefined };
  const [first, last] = [latest(days.first, dayOf(from)), earliest(days.last, dayOf(to - 1))];
  let { day, after } = position ?? { day: first, after: undefined };
  for (let looks = 0; day <= last; looks += 1) {
    if (rows.length >= limit || looks >= DAYS_PER_PAGE) return { rows, next: { day, after } };
    const page = await table.queryPage({
      partition: partitionOf(day),
      range: { from: formatTime(from), to: formatTime(to - 1) + LAST },
      limit: limit - rows.length,
      startKey: after,
    });
    rows.push(...page.items);
    after = page.next;
    if (after === undefined) day = dayOf(startOf(day) + DAY_MS);
  }
  return { rows, next: undefined };
};

/** Whether a page of this range can have ended there. */
export const isLogPosition = (partitionOf: DayLog, { day, after }: LogPosition, { from, to }: LogRange): boolean => {
  // A day that does not exist becomes another day, or none.
  const begins = startOf(day);
  if (Number.isNaN(begins) || dayOf(begins) !== day || day < dayOf(from) || begins >= to) return false;
  const sk = String(after?.["sk"]);
  return (
    after === undefined ||
    (after["pk"] === partitionOf(day) && sk >= formatTime(from) && sk <= formatTime(to - 1) + LAST)
  );
};

// A row's key is its time and an id. This sorts after every id of the last millisecond.
const LAST = "#\uffff";
