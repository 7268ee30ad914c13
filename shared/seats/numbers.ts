import { bookPartition, counterKey } from "../contract/keys.ts";
import type { SeatNumbers } from "../contract/responses.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";
import type { MetricValues } from "../telemetry/logger.ts";
import type { Book } from "./book.ts";
import { RELEASE_SHOWN_MS, type ReleasedSeat, readReleasedSeats } from "./released-seats.ts";

const FRESH_MS = 10 * SECOND_MS;

/** What a book's counter says, at most ten seconds old: to show, never to decide about a claim. */
export type ClaimedCounts = {
  /** How many seats are claimed. */
  get(book: Book): Promise<number>;
  /** The ids of the seats that were released in the last hour, each once. */
  released(book: Book): Promise<string[]>;
  /** What a claim has just shown. */
  learn(book: Book, claimed: number): void;
  /** The same of a counter that was read consistently. Returns how many seats it says are claimed. */
  learnCounter(book: Book, counter: Item | undefined): number;
  /** Forgets what is known: something else has changed it. */
  forget(): void;
};

type Known<T> = { partition: string; value: T; at: EpochMs } | undefined;

/** `saw` gets every counter that is read. */
export const claimedCounts = (
  table: Table,
  now: () => EpochMs,
  saw: (counter: Item | undefined) => void = () => {},
): ClaimedCounts => {
  // One book is in use at a time; after a swap or in a new period another one takes its place.
  let claimed: Known<number>;
  let released: Known<readonly ReleasedSeat[]>;
  const fresh = <T>(known: Known<T>, book: Book): T | undefined =>
    known?.partition === bookPartition(book.id) && now() - known.at < FRESH_MS ? known.value : undefined;
  const as = <T>(book: Book, value: T) => ({ partition: bookPartition(book.id), value, at: now() });
  const learnCounter = (book: Book, counter: Item | undefined): number => {
    saw(counter);
    const value = Number(counter?.["claimed"] ?? 0);
    claimed = as(book, value);
    return value;
  };
  const readCounter = async (book: Book): Promise<Item | undefined> => {
    const counter = await table.get(counterKey(book.id), { consistent: false });
    learnCounter(book, counter);
    return counter;
  };
  const readReleased = async (book: Book): Promise<readonly ReleasedSeat[]> => {
    const releasedAt = Date.parse(String((await readCounter(book))?.["releasedAt"]));
    const isLately = now() - releasedAt < RELEASE_SHOWN_MS;
    const seats = isLately ? await readReleasedSeats(table, book, now()) : [];
    released = as(book, seats);
    return seats;
  };
  return {
    learn: (book, value) => {
      claimed = as(book, value);
    },
    learnCounter,
    forget: () => {
      claimed = undefined;
      released = undefined;
    },
    async get(book) {
      return fresh(claimed, book) ?? Number((await readCounter(book))?.["claimed"] ?? 0);
    },
    async released(book) {
      const seats = fresh(released, book) ?? (await readReleased(book));
      return [...new Set(seats.filter(({ shownUntil }) => shownUntil > now()).map(({ id }) => id))];
    },
  };
};

/** A book's numbers as the API shows them; null is unlimited. */
export const seatNumbers = (book: Book, claimed: number): SeatNumbers => ({
  used: claimed,
  max: book.max,
  available: book.max === null ? null : Math.max(0, book.max - claimed),
});

/**
 * A book's numbers for CloudWatch. Under a license without seats 100 % are used, under an unlimited one 0 %: an alarm from
 * the time of another license has to end.
 */
export const seatMetrics = ({ max }: Book, claimed: number): MetricValues => ({
  SeatsUsed: claimed,
  SeatsMax: max ?? undefined,
  SeatsUsedPercent: max === null ? 0 : max === 0 ? 100 : (claimed / max) * 100,
  SeatsOverage: max === null ? 0 : Math.max(0, claimed - max),
});
