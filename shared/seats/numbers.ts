import { bookPartition, counterKey } from "../contract/keys.ts";
import type { SeatNumbers } from "../contract/responses.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import type { MetricValues } from "../telemetry/logger.ts";
import type { Book } from "./book.ts";

const FRESH_MS = 10 * SECOND_MS;

/** How many seats of a book are claimed, at most ten seconds old: to show, never to decide over a claim. */
export type ClaimedCounts = {
  get(book: Book): Promise<number>;
  /** What a claim or a consistent read has just shown. */
  learn(book: Book, claimed: number): void;
  /** The count has changed by what this does not know. */
  forget(): void;
};

export const claimedCounts = (table: Table, now: () => EpochMs): ClaimedCounts => {
  // One book is in use at a time; a swap or a new period simply takes its place.
  let known: { partition: string; claimed: number; at: EpochMs } | undefined;
  const learn = (book: Book, claimed: number) => {
    known = { partition: bookPartition(book.id), claimed, at: now() };
  };
  return {
    learn,
    forget: () => {
      known = undefined;
    },
    async get(book) {
      if (known?.partition === bookPartition(book.id) && now() - known.at < FRESH_MS) return known.claimed;
      const counter = await table.get(counterKey(book.id), { consistent: false });
      const claimed = Number(counter?.["claimed"] ?? 0);
      learn(book, claimed);
      return claimed;
    },
  };
};

/** A book's numbers as the API shows them; null stands for unlimited. */
export const seatNumbers = (book: Book, claimed: number): SeatNumbers => ({
  used: claimed,
  max: book.max,
  available: book.max === null ? null : Math.max(0, book.max - claimed),
});

/**
 * A book's numbers as CloudWatch is told them. Of a license that grants no seat at all, all are used; of an unlimited one, none
 * of what it grants: an alarm that went off under the license before has to hear that it is over.
 */
export const seatMetrics = ({ max }: Book, claimed: number): MetricValues => ({
  SeatsUsed: claimed,
  SeatsMax: max ?? undefined,
  SeatsUsedPercent: max === null ? 0 : max === 0 ? 100 : (claimed / max) * 100,
  SeatsOverage: max === null ? 0 : Math.max(0, claimed - max),
});
