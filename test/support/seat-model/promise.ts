import { type Book, type Claimer, decide, type Terms } from "./book.ts";

const JOB_MS = 5 * 60_000;

/**
 * The promise of `floating`: a free seat is refused for at most the grace plus five minutes after the server learned of the
 * end. So a refusal is wrong if five minutes ago, with the book of now, the claim would have found a seat.
 */
export const breaksPromise = (book: Book, claimer: Claimer, terms: Terms, now: number): boolean =>
  decide(book, claimer, terms, now - JOB_MS).kind !== "denied";
