import { FLOATING_PERIOD } from "../contract/keys.ts";
import { DAY_MS, dayOf, type EpochMs, latest, startOf } from "../contract/time.ts";
import { listLicensesSeen } from "../licensing/licenses-seen.ts";
import { followBook, type MaxSince } from "../seats/book-day.ts";
import {
  bookOfLicense,
  inForceAt,
  type LicenseInForce,
  licensesInForce,
  partsOfBook,
} from "../seats/licenses-in-force.ts";
import { changesOf, type PastHolders, pastHolders } from "../seats/past-holders.ts";
import { readModes } from "../seats/rules.ts";
import { type DecidedDay, decidedWrite, noteLastSeatDay, readLastSeatDay, readSeatDays } from "../seats/seat-days.ts";
import type { Moment } from "../sessions/deps.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import { dayAfter, dayBefore, daysBetween, endOf, firstClosable, lastClosable } from "../usage/closing.ts";

/** How many days the users are counted over, for the forecast. */
export const TRAILING_DAYS = 30;

type Deps = { table: Table; pace: Pace; retentionDays: number; anchorDay: number | undefined };

/** What the close of a day needs to know of seats. */
export type SeatHistory = {
  licenses: readonly LicenseInForce[];
  holders: PastHolders;
  /** The first day of the history; undefined if it has none. */
  first: string | undefined;
};

/** Opens the seat history for one run of the job. */
export const openSeatHistory = async ({ table, anchorDay }: Deps, now: EpochMs): Promise<SeatHistory> => {
  const licenses = licensesInForce(await listLicensesSeen(table), anchorDay, await readModes(table));
  return {
    licenses,
    holders: pastHolders(table, licenses, { now, lastFinal: lastClosable(now) }),
    first: licenses.flatMap(({ terms }) => (terms === undefined ? [] : [dayOf(terms.knownSince)])).sort()[0],
  };
};

/**
 * Writes what was decided about seats on each day that is over, the oldest first and each once. It begins with the first day
 * on which this release knew the license. A run may be killed anywhere, repeated, and run twice at once.
 */
export const closeSeatDays = async (deps: Deps, history: SeatHistory, moment: Moment): Promise<void> => {
  const { table, pace, retentionDays } = deps;
  if (history.first === undefined) return;
  const noted = await readLastSeatDay(table);
  const next = noted === undefined ? history.first : dayAfter(noted);
  const days = daysBetween(latest(next, firstClosable(moment.now, retentionDays)), lastClosable(moment.now));
  const [first] = days;
  if (first === undefined) return;
  const before = dayOf(startOf(first) - (TRAILING_DAYS - 1) * DAY_MS);
  const known = new Map(
    [...(await readSeatDays(table, before, dayBefore(first), { consistent: true }))].map(([day, { decided }]) => [
      day,
      decided,
    ]),
  );
  let last: string | undefined;
  for (const day of days) {
    if (pace.now() >= moment.deadline) break;
    const decided = await decidedOn(history, day, known);
    if (decided !== undefined) {
      await table.write(decidedWrite(day, decided));
      known.set(day, decided);
    }
    last = day;
  }
  if (last !== undefined) await noteLastSeatDay(table, last);
};

const decidedOn = async (
  { licenses, holders }: SeatHistory,
  day: string,
  known: ReadonlyMap<string, DecidedDay>,
): Promise<DecidedDay | undefined> => {
  const [begins, ends] = [startOf(day), endOf(day)];
  const inForce = licenses.filter(({ from, to, terms }) => terms !== undefined && from < ends && to > begins);
  const trackingMode = (inForceAt(inForce, ends - 1) ?? inForce.at(-1))?.terms?.trackingMode;
  if (trackingMode === undefined) return undefined;
  const decisions = await holders.decisionsOn(day);
  const books = new Set(
    [
      ...inForce.map((license) => bookOfLicense(license, Math.max(license.from, begins))),
      ...decisions.changes.map(({ book }) => book),
    ].filter((book) => book !== undefined),
  );
  const days = [];
  for (const book of books) {
    const changes = changesOf(book, decisions);
    const opening = (await holders.heldAtEndOf(book, dayBefore(day))).held.size;
    days.push(followBook(opening, changes, maximaOf(book, inForce, begins)));
  }
  const decided: DecidedDay = {
    held: Math.max(0, ...days.map(({ held }) => held)),
    overage: Math.max(0, ...days.map(({ overage }) => overage)),
    denials: decisions.denials,
    releases: decisions.changes.filter(({ claimed }) => !claimed).length,
    max: highest(inForce),
    trackingMode,
    books: [...books].sort(),
    ...(isRebuilt(inForce, begins) || decisions.rebuilt ? { rebuilt: true } : {}),
  };
  const trailingUsers = await trailingUsersOf(holders, day, decided, known);
  return trailingUsers === undefined ? decided : { ...decided, trailingUsers };
};

const isFloatingBook = (book: string): boolean => partsOfBook(book).periodStart === FLOATING_PERIOD;

const highest = (inForce: readonly LicenseInForce[]): number | null => {
  const maxima = inForce.flatMap(({ terms }) => (terms === undefined ? [] : [terms.maxSeats]));
  return maxima.includes(null) ? null : Math.max(...maxima.map(Number));
};

// The first maximum that is known of a day counts from the day's beginning.
const maximaOf = (book: string, inForce: readonly LicenseInForce[], begins: EpochMs): MaxSince[] => {
  const of = partsOfBook(book);
  return inForce
    .filter(({ license, terms }) => license === of.license && terms?.trackingMode === of.trackingMode)
    .map(({ from, terms }, place) => ({
      from: place === 0 ? begins : Math.max(from, begins),
      max: terms?.maxSeats ?? null,
    }));
};

// An earlier release ran on a part of the day.
const isRebuilt = (inForce: readonly LicenseInForce[], begins: EpochMs): boolean =>
  inForce.some(({ from, terms }) => terms !== undefined && terms.knownSince > Math.max(from, begins));

/**
 * The different users with a seat in the 30 days that end with a day. Undefined if one of those days is unknown, or had floating
 * seats: their forecast needs no users.
 */
const trailingUsersOf = async (
  holders: PastHolders,
  day: string,
  decided: DecidedDay,
  known: ReadonlyMap<string, DecidedDay>,
): Promise<number | undefined> => {
  const days = daysBetween(dayOf(startOf(day) - (TRAILING_DAYS - 1) * DAY_MS), day);
  const window = days.map((one) => ({ day: one, decided: one === day ? decided : known.get(one) }));
  const books = new Set<string>();
  const users = new Set<string>();
  for (const one of window) {
    if (one.decided === undefined || one.decided.books.some(isFloatingBook)) return undefined;
    // Two tracking modes have different users.
    for (const book of one.decided.books) if (partsOfBook(book).trackingMode === decided.trackingMode) books.add(book);
  }
  for (const book of books) for (const seatId of (await holders.heldAtEndOf(book, day)).held) users.add(seatId);
  for (const one of window)
    if ((one.decided?.releases ?? 0) > 0)
      for (const { book, seatId, claimed } of (await holders.decisionsOn(one.day)).changes)
        if (!claimed && book !== undefined && books.has(book)) users.add(seatId);
  return users.size;
};
