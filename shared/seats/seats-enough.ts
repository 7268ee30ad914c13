import { dayOf } from "../contract/time.ts";
import { endOf } from "../usage/closing.ts";
import type { PastBook } from "./past-books.ts";
import { bookInUse, decisionTimes } from "./past-claims.ts";

/**
 * For each day, how many seats would have been enough: the different users who claimed a seat or were refused one, from the
 * beginning of the billing period to the day's end. 0 if there were none.
 *
 * A day counts in the book in use at its end. If the license was swapped on that day, both books may have decided; then
 * the larger number counts.
 */
export const seatsEnough = (books: readonly PastBook[], days: readonly string[]): number[] => {
  const decided = books.map((book) => ({ book, on: new Set(decisionTimes(book).map(dayOf)) }));
  return days.map((day) => {
    const last = endOf(day) - 1;
    const ofDay = decided.filter(({ on }) => on.has(day)).map(({ book }) => book);
    const inUse = bookInUse(books, last);
    return Math.max(0, ...[...ofDay, ...(inUse === undefined ? [] : [inUse])].map((book) => usersUntil(book, last)));
  });
};

const usersUntil = ({ claims, denials }: PastBook, last: number): number =>
  new Set([
    ...claims.filter(({ at }) => at <= last).map(({ seatId }) => seatId),
    ...denials.filter(({ firstAt }) => firstAt <= last).map(({ seatId }) => seatId),
  ]).size;

/** The percentile of values by the nearest rank: the smallest value that at least `percent` of them do not exceed. */
export const nearestRank = (values: readonly number[], percent: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
};
