import { type EpochMs, MINUTE_MS } from "../contract/time.ts";
import { readNewestSeatDay, type SeatDay } from "../seats/seat-days.ts";
import type { Table } from "../store/table.ts";
import { lastClosable } from "../usage/closing.ts";

/** It changes once a day, and again with a late event. */
const FRESH_MS = 10 * MINUTE_MS;

/** Returns the last closed day of the seat history, at most ten minutes old; undefined if there is none. */
export const lastSeatDay = (table: () => Table): ((now: EpochMs) => Promise<SeatDay | undefined>) => {
  let known: { at: EpochMs; day: SeatDay | undefined } | undefined;
  return async (now) => {
    if (known === undefined || now - known.at >= FRESH_MS)
      known = { at: now, day: await readNewestSeatDay(table(), lastClosable(now)) };
    return known.day;
  };
};
