import { auditPartition } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { daysBetween } from "../usage/closing.ts";
import type { PastBook } from "./past-books.ts";

const READS_AT_ONCE = 8;
const CLAIMS = new Set<unknown>(["seat.claimed", "seat.overage"]);

/**
 * Adds to books the claims of seats that were released since, of which only the audit tells. It does not say in which book
 * a claim was: it belongs to the one in use then, the last to have decided anything before.
 */
export const addReleasedClaims = async (table: Table, books: readonly PastBook[], to: EpochMs): Promise<void> => {
  const begins = books.reduce((first, { period }) => Math.min(first, period.from), Number.POSITIVE_INFINITY);
  if (begins >= to) return;
  const held = new Set(books.flatMap(({ claims }) => claims.map(({ seatId, at }) => `${at} ${seatId}`)));
  const released: { seatId: string; at: EpochMs }[] = [];
  await inParallel(daysBetween(dayOf(begins), dayOf(to - 1)), READS_AT_ONCE, async (day) => {
    for (const { action, seatId, time } of await table.query({ partition: auditPartition(day) })) {
      const claim = { seatId: String(seatId), at: Date.parse(String(time)) };
      if (CLAIMS.has(action) && !held.has(`${claim.at} ${claim.seatId}`)) released.push(claim);
    }
  });
  for (const claim of released.sort((one, other) => one.at - other.at)) bookInUse(books, claim.at)?.claims.push(claim);
};

/** The book that was in use at a moment: of those whose period it is in, the one that decided last, or else first after. */
export const bookInUse = (books: readonly PastBook[], at: EpochMs): PastBook | undefined => {
  let best: { book: PastBook; before: EpochMs; after: EpochMs } | undefined;
  for (const book of books) {
    if (at < book.period.from || at >= book.period.to) continue;
    let [before, after] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const time of decisionTimes(book)) {
      if (time <= at) before = Math.max(before, time);
      else after = Math.min(after, time);
    }
    const isBetter = best === undefined || before > best.before || (before === best.before && after < best.after);
    if (isBetter) best = { book, before, after };
  }
  return best?.book;
};

/** When a book gave a seat or refused one; of a day with several refusals of one user, the first and the last. */
export const decisionTimes = ({ claims, denials }: PastBook): EpochMs[] => [
  ...claims.map(({ at }) => at),
  ...denials.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]),
];
