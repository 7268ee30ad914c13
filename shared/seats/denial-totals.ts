import { bookPartition, DENIAL_PREFIX, denialPrefix, denialTotalsKey, ITEM_VERSION } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, HOUR_MS, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { type Book, isFloatingBook } from "./book.ts";

/**
 * Denials are written with the server's time. An hour after a day's end no function that began in it still runs, even if
 * its clock is a little behind.
 */
const CLOSES_AFTER_MS = HOUR_MS;
/** A book is forgotten this long after its period began: no denial can come any more, and all are in the sum. */
const FORGOTTEN_AFTER_MS = 70 * DAY_MS;
/** A book that is first seen later than this is not a current one. It may have been forgotten before. */
const TAKEN_UP_WITHIN_MS = 60 * DAY_MS;

/** `through`: for each book, by its partition, the last day that is in the sum; "" if there is none yet. */
type Folded = { denials: number; through: Readonly<Record<string, string>>; revision: number };

/**
 * How many sessions have been refused because no seat was free, since the server began. The sum of days that are over is
 * stored; for the other days the denials are read, one item per user and day. Reads consistently, so a later reading is
 * never lower.
 */
export const countDenials = async (table: Table, book: Book | undefined): Promise<number> => {
  const { denials, through } = await readFolded(table);
  const partitions = new Set([...Object.keys(through), ...(book === undefined ? [] : [bookPartition(book.id)])]);
  let open = 0;
  for (const partition of partitions) open += await denialsAfter(table, partition, through[partition] ?? "");
  return denials + open;
};

/**
 * Adds the denials of days that are over to the stored sum, for these books and all books of earlier calls. One conditional
 * write: run twice or killed anywhere, it counts nothing twice and forgets nothing. Writes nothing if nothing is new.
 */
export const foldDenials = async (table: Table, partitions: readonly string[], now: EpochMs): Promise<void> => {
  const { denials, through, revision } = await readFolded(table);
  const lastDay = dayOf(now - CLOSES_AFTER_MS - DAY_MS);
  // A book of floating seats is always current.
  const age = (partition: string): number =>
    isFloatingBook(partition) ? 0 : now - startOf(partition.slice(-DAY_LENGTH));
  const recent = partitions.filter((partition) => age(partition) < TAKEN_UP_WITHIN_MS);
  // A book is noted before the first denial in it, so a denial in its last hour counts after all operators have left it.
  const books = [...new Set([...Object.keys(through), ...recent])];
  let closed = 0;
  for (const partition of books) closed += await denialsAfter(table, partition, through[partition] ?? "", lastDay);
  if (closed === 0 && books.every((partition) => partition in through)) return;
  const kept = books.filter((partition) => age(partition) < FORGOTTEN_AFTER_MS);
  const values = {
    ":v": ITEM_VERSION,
    ":sum": denials + closed,
    ":through": Object.fromEntries(kept.map((partition) => [partition, lastDay])),
    ":next": revision + 1,
  };
  // Refused if another run wrote first. The next run does the rest.
  await table.write({
    kind: "update",
    key: denialTotalsKey,
    update: { expression: "SET v = :v, denials = :sum, foldedThrough = :through, revision = :next", values },
    condition:
      revision === 0
        ? { expression: "attribute_not_exists(pk)" }
        : { expression: "revision = :seen", values: { ":seen": revision } },
  });
};

const DAY_LENGTH = "yyyy-mm-dd".length;

const readFolded = async (table: Table): Promise<Folded> => {
  const item = await table.get(denialTotalsKey, { consistent: true });
  return {
    denials: Number(item?.["denials"] ?? 0),
    through: (item?.["foldedThrough"] ?? {}) as Folded["through"],
    revision: Number(item?.["revision"] ?? 0),
  };
};

// From the day after `after` through `through`, or all later days. `$` sorts right after the `#` that follows a day in a key.
const denialsAfter = async (table: Table, partition: string, after: string, through?: string): Promise<number> => {
  if (through !== undefined && after >= through) return 0;
  const range = {
    from: after === "" ? DENIAL_PREFIX : `${denialPrefix(after)}$`,
    to: through === undefined ? `${DENIAL_PREFIX}~` : `${denialPrefix(through)}$`,
  };
  const items = await table.query({ partition, range, consistent: true });
  return items.reduce((sum, item) => sum + Number(item["denials"]), 0);
};
