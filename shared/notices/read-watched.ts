import { bookPartition, counterKey, denialPrefix } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { listOperators } from "../operators/list.ts";
import type { Operator } from "../operators/operator.ts";
import { markedBook } from "../seats/book.ts";
import type { CurrentBook } from "../seats/current-book.ts";
import type { Item, Table } from "../store/table.ts";
import type { Watched } from "./due.ts";
import type { DayOfDenials } from "./seat-notices.ts";
import type { Thresholds } from "./thresholds.ts";

export type WatchedDeps = { table: Table; currentBook: CurrentBook; staleMs: number; thresholds: Thresholds };

/** Reads the facts from which notices are decided, as of a moment. */
export const readWatched = async (
  { table, currentBook, staleMs, thresholds }: WatchedDeps,
  license: LicenseFile | undefined,
  now: EpochMs,
): Promise<Watched> => {
  const operators = await listOperators(table);
  if (license === undefined)
    return {
      held: undefined,
      denials: await readDenials(table, booksOf(operators), now),
      operators,
      staleMs,
      thresholds,
    };
  const book = await currentBook(license, now);
  // Yesterday may belong to another billing period, and so to another book.
  const before = await currentBook(license, now - DAY_MS);
  const counter = await table.get(counterKey(book.id), { consistent: true });
  const books = [...booksOf(operators), bookPartition(book.id), bookPartition(before.id)];
  return {
    held: { license, book, claimed: Number(counter?.["claimed"] ?? 0) },
    denials: await readDenials(table, books, now),
    operators,
    staleMs,
    thresholds,
  };
};

// After a license swap, earlier denials are in the books that operators were in before.
const booksOf = (operators: readonly Operator[]): string[] =>
  operators.flatMap(({ book }) => (book === undefined ? [] : [markedBook(book).name]));

const readDenials = async (table: Table, books: readonly string[], now: EpochMs): Promise<DayOfDenials[]> => {
  const days = [dayOf(now - DAY_MS), dayOf(now)];
  const items: Item[] = [];
  for (const partition of new Set(books))
    for (const day of days)
      items.push(...(await table.query({ partition, range: { prefix: `${denialPrefix(day)}#` } })));
  return days.map((day) => {
    const ofDay = items.filter((item) => String(item["sk"]).startsWith(`${denialPrefix(day)}#`));
    const users = new Set(ofDay.map((item) => item["seatId"])).size;
    return { day, users, denials: ofDay.reduce((sum, item) => sum + Number(item["denials"]), 0) };
  });
};
