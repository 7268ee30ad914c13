import { auditPartition } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { isExpired } from "../store/expiry.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readClosedDays } from "../usage/closed-days.ts";
import { daysBetween } from "../usage/closing.ts";
import { isClaim } from "../usage/seat-events.ts";
import type { PastBook } from "./past-books.ts";

const READS_AT_ONCE = 8;

/**
 * Adds to books the claims of `from <= t < to` whose seats were released since. Only the audit has those. It does not name
 * the book, so a claim belongs to the book in use at its time: the last one that decided anything before.
 *
 * A closed day's number of claims is known. If the books have as many, no seat was released and the day's audit is not
 * read. That holds for most days, since admins release seats by hand.
 */
export const addReleasedClaims = async (
  table: Table,
  books: readonly PastBook[],
  { from, to, now }: { from: EpochMs; to: EpochMs; now: EpochMs },
): Promise<void> => {
  const begins = books.reduce((first, { period }) => Math.min(first, period.from), Number.POSITIVE_INFINITY);
  const since = Math.max(from, begins);
  if (since >= to) return;
  const claims = books.flatMap((book) => book.claims);
  const held = new Set(claims.map(({ seatId, at }) => `${at} ${seatId}`));
  const released: { seatId: string; at: EpochMs }[] = [];
  await inParallel(await daysWithOthers(table, claims, dayOf(since), dayOf(to - 1)), READS_AT_ONCE, async (day) => {
    for (const row of await table.query({ partition: auditPartition(day) })) {
      if (!isClaim(row) || isExpired(row, now)) continue;
      const claim = { seatId: String(row["seatId"]), at: Date.parse(String(row["time"])) };
      if (!held.has(`${claim.at} ${claim.seatId}`)) released.push(claim);
    }
  });
  for (const claim of released.sort((one, other) => one.at - other.at)) bookInUse(books, claim.at)?.claims.push(claim);
};

/** The days that may have had other claims than these. */
const daysWithOthers = async (
  table: Table,
  claims: PastBook["claims"],
  first: string,
  last: string,
): Promise<string[]> => {
  const closed = await readClosedDays(table, first, last);
  const held = Map.groupBy(claims, ({ at }) => dayOf(at));
  return daysBetween(first, last).filter((day) => closed.get(day)?.seatsClaimed !== (held.get(day)?.length ?? 0));
};

/** The book in use at a moment: of the books of that period, the last one that decided before it, else the first after it. */
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

/** When a book gave or refused a seat. For several refusals of a user on one day, the first and the last. */
export const decisionTimes = ({ claims, denials }: PastBook): EpochMs[] => [
  ...claims.map(({ at }) => at),
  ...denials.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]),
];
