import { DAY_MS, dayOf, type EpochMs, earliest, formatTime, latest, startOf } from "../contract/time.ts";
import type { Item, Table } from "./table.ts";

/** The partitions of a log's day (`yyyy-mm-dd`). The sort key of a row is its time and something unique. */
export type DayLog = (day: string) => readonly string[];

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
  partitionsOf: DayLog,
  { range: { from, to }, days, limit, position }: LogRequest,
): Promise<LogPage> => {
  const rows: Item[] = [];
  if (from >= to) return { rows, next: undefined };
  const [first, last] = [latest(days.first, dayOf(from)), earliest(days.last, dayOf(to - 1))];
  let { day, after } = position ?? { day: first, after: undefined };
  for (let looks = 0; day <= last; looks += 1) {
    if (rows.length >= limit || looks >= DAYS_PER_PAGE) return { rows, next: { day, after } };
    const range = { from: formatTime(from), to: formatTime(to - 1) + LAST };
    const page = await nextRows(table, partitionsOf(day), { range, limit: limit - rows.length, after });
    rows.push(...page.items);
    after = page.next;
    if (after === undefined) day = dayOf(startOf(day) + DAY_MS);
  }
  return { rows, next: undefined };
};

/** The next rows of several partitions, in the order of their sort keys, and the last of them if more may follow. */
const nextRows = async (
  table: Table,
  partitions: readonly string[],
  { range, limit, after }: { range: { from: string; to: string }; limit: number; after: Item | undefined },
): Promise<{ items: Item[]; next: Item | undefined }> => {
  const startOfPage = (pk: string) => after && { pk, sk: after["sk"] };
  const pages = await Promise.all(
    partitions.map((pk) => table.queryPage({ partition: pk, range, limit, startKey: startOfPage(pk) })),
  );
  // What follows a page that is not the last of its partition is unknown.
  const ends = pages.flatMap(({ next }) => (next === undefined ? [] : [String(next["sk"])])).sort();
  const known = pages
    .flatMap(({ items }) => items)
    .filter((item) => ends[0] === undefined || String(item["sk"]) <= ends[0])
    .sort((one, other) => (String(one["sk"]) < String(other["sk"]) ? -1 : 1));
  const items = known.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || (ends.length === 0 && items.length === known.length)) return { items, next: undefined };
  return { items, next: { pk: last["pk"], sk: last["sk"] } };
};

/** Whether a page of this range can have ended there. */
export const isLogPosition = (partitionsOf: DayLog, { day, after }: LogPosition, { from, to }: LogRange): boolean => {
  // A day that does not exist becomes another day, or none.
  const begins = startOf(day);
  if (Number.isNaN(begins) || dayOf(begins) !== day || day < dayOf(from) || begins >= to) return false;
  const sk = String(after?.["sk"]);
  return (
    after === undefined ||
    (partitionsOf(day).includes(String(after["pk"])) && sk >= formatTime(from) && sk <= formatTime(to - 1) + LAST)
  );
};

// A row's key is its time and an id. This sorts after every id of the last millisecond.
const LAST = "#\uffff";
