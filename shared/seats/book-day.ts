import type { EpochMs } from "../contract/time.ts";
import type { SeatChange } from "./seat-changes.ts";

/** The maximum of a book's license from a moment on; null is unlimited. */
export type MaxSince = { from: EpochMs; max: number | null };

/** The most seats held at one moment of a day, and the most that were held beyond the maximum. */
export type BookDay = { held: number; overage: number };

/**
 * Follows a book through a day. `opening` is how many seats are held when the day begins; `changes` and `maxima` are those of
 * the day, in their order. A maximum that was in force before the day has `from` at its beginning.
 */
export const followBook = (opening: number, changes: readonly SeatChange[], maxima: readonly MaxSince[]): BookDay => {
  let [held, most, overage, max] = [opening, opening, 0, null as number | null];
  const steps = [
    ...maxima.map(({ from, max: next }) => ({ at: from, change: 0, next })),
    ...changes.map(({ at, claimed }) => ({ at, change: claimed ? 1 : -1, next: undefined })),
    // A take-over releases a seat and claims it at the same moment.
  ].sort((one, other) => one.at - other.at || one.change - other.change);
  for (const { change, next } of steps) {
    held += change;
    if (next !== undefined) max = next;
    most = Math.max(most, held);
    if (max !== null) overage = Math.max(overage, held - max);
  }
  return { held: most, overage };
};
