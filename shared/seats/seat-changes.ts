import { auditPartition } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { isClaim } from "../usage/seat-events.ts";

/** A seat that was claimed or released, by the audit. `book` is its book's partition; earlier releases did not note it. */
export type SeatChange = { at: EpochMs; seatId: string; claimed: boolean; book: string | undefined };

/** A day's decisions about seats, in their order, and how many sessions were denied one. */
export type SeatDecisions = { changes: readonly SeatChange[]; denials: number };

/** Reads a day's decisions from the audit, consistently. */
export const readSeatDecisions = async (table: Table, day: string): Promise<SeatDecisions> => {
  const changes: SeatChange[] = [];
  let denials = 0;
  for (const row of await table.query({ partition: auditPartition(day), consistent: true })) {
    if (row["action"] === "seat.denied") denials += 1;
    const claimed = isClaim(row);
    if (!claimed && row["action"] !== "seat.released") continue;
    changes.push({
      at: Date.parse(String(row["time"])),
      seatId: String(row["seatId"]),
      claimed,
      book: row["book"] === undefined ? undefined : String(row["book"]),
    });
  }
  return { changes, denials };
};

/** Who held a seat before these changes, given who holds one after them. */
export const heldBefore = (after: ReadonlySet<string>, changes: readonly SeatChange[]): Set<string> => {
  const held = new Set(after);
  for (const { seatId, claimed } of changes.toReversed()) {
    if (claimed) held.delete(seatId);
    else held.add(seatId);
  }
  return held;
};
