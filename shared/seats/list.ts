import { bookPartition, SEAT_PREFIX } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";
import type { Book } from "./book.ts";
import { type Seat, seatFrom } from "./seat.ts";

/** The claimed seats of a book, the oldest claim first. To decide about a claim, read them consistently. */
export const listSeats = async (table: Table, book: Book, { consistent = true } = {}): Promise<Seat[]> => {
  const range = { prefix: SEAT_PREFIX };
  const items = await table.query({ partition: bookPartition(book.id), range, consistent });
  return items.map(seatFrom).sort((one, other) => one.claimedAt - other.claimedAt || (one.id < other.id ? -1 : 1));
};
