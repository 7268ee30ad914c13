import { bookPartition, DENIAL_PREFIX, denialPrefix, denialTotalsKey, ITEM_VERSION } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, HOUR_MS, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import type { Book } from "./book.ts";

/**
 * A day's denials are written with the server's time, so a day is over once no function that began in it can still be at
 * work, clocks that are a little off included.
 */
const CLOSES_AFTER_MS = HOUR_MS;
/** A book is forgotten so long after its period began: nobody is denied in it any more, and all it held is summed. */
const FORGOTTEN_AFTER_MS = 70 * DAY_MS;
/** One that comes up for the first time later than this is none of now; it may be one that was forgotten. */
const TAKEN_UP_WITHIN_MS = 60 * DAY_MS;

/** Of each book the last day that is in the sum, by its partition; "" where none is yet. */
type Folded = { denials: number; through: Readonly<Record<string, string>>; revision: number };

/**
 * How many sessions have been refused for want of a seat since the server began. What the days that are over add up to is
 * kept; of the others the collapsed denials are read, one item per user and day. Read consistently, so that two readings
 * after each other never fall.
 */
export const countDenials = async (table: Table, book: Book | undefined): Promise<number> => {
  const { denials, through } = await readFolded(table);
  const partitions = new Set([...Object.keys(through), ...(book === undefined ? [] : [bookPartition(book.id)])]);
  let open = 0;
  for (const partition of partitions) open += await denialsAfter(table, partition, through[partition] ?? "");
  return denials + open;
};

/**
 * Sums the denials of days that are over, of these books and of all that were given before, so that a count need not read
 * them again. In one conditional write: run twice or killed anywhere, it counts nothing twice and forgets nothing. Where
 * there is nothing new it writes nothing.
 */
export const foldDenials = async (table: Table, partitions: readonly string[], now: EpochMs): Promise<void> => {
  const { denials, through, revision } = await readFolded(table);
  const lastDay = dayOf(now - CLOSES_AFTER_MS - DAY_MS);
  const age = (partition: string): number => now - startOf(partition.slice(-DAY_LENGTH));
  const recent = partitions.filter((partition) => age(partition) < TAKEN_UP_WITHIN_MS);
  // A book is noted before anybody is refused in it: who is first, in its last hour, is counted when no operator is in it any more.
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
  // Refused where another run was faster: what is still to do, the next one finds.
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

// The days after one, through another or all. `$` comes right after the `#` that follows a day in a key.
const denialsAfter = async (table: Table, partition: string, after: string, through?: string): Promise<number> => {
  if (through !== undefined && after >= through) return 0;
  const range = {
    from: after === "" ? DENIAL_PREFIX : `${denialPrefix(after)}$`,
    to: through === undefined ? `${DENIAL_PREFIX}~` : `${denialPrefix(through)}$`,
  };
  const items = await table.query({ partition, range, consistent: true });
  return items.reduce((sum, item) => sum + Number(item["denials"]), 0);
};
