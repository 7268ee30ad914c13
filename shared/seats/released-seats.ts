import { bookPartition, ITEM_VERSION, releasedSeatKey, releasedSeatPrefix } from "../contract/keys.ts";
import { type EpochMs, formatTime, HOUR_MS, SECOND_MS } from "../contract/time.ts";
import type { Table, Write } from "../store/table.ts";
import type { Book } from "./book.ts";

/** How long heartbeats report a released seat: longer than a few lost heartbeats. */
export const RELEASE_SHOWN_MS = HOUR_MS;

export type ReleasedSeat = { id: string; shownUntil: EpochMs };

/**
 * Notes a release for the operators, in the transaction of the release. Heartbeats report it from this item, so no crash
 * leaves operators uninformed.
 */
export const releasedSeatWrite = (book: Book, seatId: string, now: EpochMs): Write => {
  const shownUntil = now + RELEASE_SHOWN_MS;
  return {
    kind: "put",
    item: {
      ...releasedSeatKey(book.id, formatTime(shownUntil), seatId),
      v: ITEM_VERSION,
      id: seatId,
      shownUntil: formatTime(shownUntil),
      expiresAt: Math.ceil(shownUntil / SECOND_MS),
    },
  };
};

/** The seats of a book that were released in the last hour, the first release first. */
export const readReleasedSeats = async (table: Table, book: Book, now: EpochMs): Promise<ReleasedSeat[]> => {
  const range = { from: releasedSeatPrefix(formatTime(now + 1)), to: `${releasedSeatPrefix("")}~` };
  const items = await table.query({ partition: bookPartition(book.id), range });
  return items.map((item) => ({ id: String(item["id"]), shownUntil: Date.parse(String(item["shownUntil"])) }));
};
