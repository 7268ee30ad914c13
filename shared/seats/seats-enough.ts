import { dayOf } from "../contract/time.ts";
import { endOf } from "../usage/closing.ts";
import type { PastBook } from "./past-books.ts";
import { bookInUse, decisionTimes } from "./past-claims.ts";

/**
 * For each day, the seats with which nobody would have been refused on it: how many different users had claimed a seat or
 * been refused one, in the day's billing period up to the day's end.
 *
 * A day counts in the book of its own time, the last that decided anything up to its end. On the day of a swap of licenses
 * both books may have decided: then the larger number counts. 0 for a day up to whose end nobody has asked for a seat in its period.
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

/** The smallest of the values that at least so many percent of them do not exceed (nearest rank). */
export const nearestRank = (values: readonly number[], percent: number): number => {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
};
