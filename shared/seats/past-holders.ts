import { FLOATING_PERIOD, SEAT_PREFIX } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, earliest, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { dayAfter, daysBetween } from "../usage/closing.ts";
import { bookOfLicense, inForceAt, type LicenseInForce, partsOfBook } from "./licenses-in-force.ts";
import { LONGEST_PERIOD_DAYS } from "./period.ts";
import { type Seat, seatFrom } from "./seat.ts";
import { heldBefore, readSeatDecisions, type SeatChange, type SeatDecisions } from "./seat-changes.ts";

/** Reads past decisions and holders. What a run of the job has read, it does not read again. */
export type PastHolders = {
  /** A day's decisions. `book` of each change is the noted one, else that of the license in force. */
  decisionsOn(day: string): Promise<SeatDecisions & { rebuilt: boolean }>;
  /** Who held a seat of a book when a day ended. `seats` are those that are still held. */
  heldAtEndOf(book: string, day: string): Promise<{ held: ReadonlySet<string>; seats: ReadonlyMap<string, Seat> }>;
};

/** `lastFinal`: the last day on which nothing is decided any more. */
export const pastHolders = (
  table: Table,
  licenses: readonly LicenseInForce[],
  { now, lastFinal }: { now: EpochMs; lastFinal: string },
): PastHolders => {
  const known = new Map<string, Awaited<ReturnType<PastHolders["decisionsOn"]>>>();
  const books = new Map<string, ReadonlyMap<string, Seat>>();

  const bookAt = (at: EpochMs): string | undefined => {
    const license = inForceAt(licenses, at);
    return license && bookOfLicense(license, at);
  };
  const decisionsOn: PastHolders["decisionsOn"] = async (day) => {
    const before = known.get(day);
    if (before !== undefined) return before;
    const { changes, denials } = await readSeatDecisions(table, day);
    const rebuilt = changes.some(({ book }) => book === undefined);
    const decisions = {
      denials,
      rebuilt,
      changes: changes.map((change) => ({ ...change, book: change.book ?? bookAt(change.at) })),
    };
    if (day <= lastFinal) known.set(day, decisions);
    return decisions;
  };
  const seatsOf = async (book: string): Promise<ReadonlyMap<string, Seat>> => {
    const before = books.get(book);
    if (before !== undefined) return before;
    const items = await table.query({ partition: book, range: { prefix: SEAT_PREFIX }, consistent: true });
    const seats = new Map(items.map((item) => [String(item["id"]), seatFrom(item)]));
    books.set(book, seats);
    return seats;
  };
  return {
    decisionsOn,
    async heldAtEndOf(book, day) {
      // Read before the audit: what happens in between is then in the audit, and undoing it changes nothing.
      const seats = await seatsOf(book);
      const later: SeatChange[] = [];
      const last = earliest(dayOf(now), lastDayOf(book));
      for (const other of daysBetween(dayAfter(day), last)) later.push(...changesOf(book, await decisionsOn(other)));
      return { held: heldBefore(new Set(seats.keys()), later), seats };
    },
  };
};

/** The changes of one book. */
export const changesOf = (book: string, { changes }: Pick<SeatDecisions, "changes">): SeatChange[] =>
  changes.filter((change) => change.book === book);

// A book decides nothing after its period, which is a month at most.
const lastDayOf = (book: string): string => {
  const { periodStart } = partsOfBook(book);
  return periodStart === FLOATING_PERIOD ? LAST_DAY : dayOf(startOf(periodStart) + LONGEST_PERIOD_DAYS * DAY_MS);
};

/** A book of floating seats has no end. */
const LAST_DAY = "9999-12-31";
