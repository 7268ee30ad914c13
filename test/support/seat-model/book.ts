import { COMMON, capsOf, poolsOf } from "./pools.ts";
import { reclaimAfterMs, type SeatSettings } from "./settings.ts";

export type Seat = {
  holder: string;
  pool: string;
  claimedAt: number;
  overage: boolean;
  /** The live sessions that hold it. */
  live: ReadonlySet<string>;
  /** When the server knew the last of them to be over; undefined while one is live. */
  idleSince: number | undefined;
};

/** What the deciding function knows. */
export type Terms = { max: number | null; overageAllowed: boolean; settings: SeatSettings };

/** A session that needs a seat. One that runs already keeps a seat that a lowered maximum refuses to a new one. */
export type Claimer = { holder: string; user: string; namespace: string; isNew: boolean };

/** What a claim comes to. `from`: the holders of the seats of which one is taken over, the longest idle first. */
export type Verdict =
  | { kind: "holder"; pool: string }
  | { kind: "room"; pool: string }
  | { kind: "take-over"; pool: string; from: readonly string[] }
  | { kind: "overage"; pool: typeof COMMON }
  | { kind: "denied" };

/** One book: who holds which seat. */
export type Book = ReadonlyMap<string, Seat>;

export const countOf = (book: Book, pool: string): number =>
  [...book.values()].filter((seat) => seat.pool === pool).length;

/** Decides a claim in the order of the document: holder, room, take-over, overage, denial. */
export const decide = (book: Book, claimer: Claimer, terms: Terms, now: number): Verdict => {
  const seat = book.get(claimer.holder);
  if (seat !== undefined)
    return claimer.isNew && isSurplus(book, seat, terms) ? { kind: "denied" } : { kind: "holder", pool: seat.pool };
  const pools = poolsOf(terms.settings.reservations, claimer);
  const withRoom = pools.find((pool) => hasRoom(book, pool, terms));
  if (withRoom !== undefined) return { kind: "room", pool: withRoom };
  for (const pool of pools) {
    const from = reclaimable(book, pool, terms, now);
    if (from.length > 0) return { kind: "take-over", pool, from };
  }
  return terms.overageAllowed ? { kind: "overage", pool: COMMON } : { kind: "denied" };
};

export const hasRoom = (book: Book, pool: string, { max, settings }: Terms): boolean =>
  (max === null || book.size < max) && isBelow(countOf(book, pool), capsOf(settings.reservations, max).get(pool));

/** The seats of a pool that a claim may take over: those without a live session that are idle for long enough. */
export const reclaimable = (book: Book, pool: string, { max, settings }: Terms, now: number): readonly string[] => {
  const after = reclaimAfterMs(settings);
  const cap = capsOf(settings.reservations, max).get(pool);
  if (after === undefined || (max !== null && book.size > max)) return [];
  // A pool that is cut below what it has gives none on.
  if (cap !== null && cap !== undefined && countOf(book, pool) > cap) return [];
  return [...book.values()]
    .filter((seat) => seat.pool === pool && isIdle(seat, after, now))
    .sort((one, other) => (one.idleSince ?? 0) - (other.idleSince ?? 0))
    .map(({ holder }) => holder);
};

/** Whether nothing has run on a seat for so long. */
export const isIdle = ({ live, idleSince }: Seat, afterMs: number, now: number): boolean =>
  live.size === 0 && idleSince !== undefined && idleSince + afterMs <= now;

/** Whether a lowered maximum leaves no place for this seat: in its pool, as many older claims as there are places. */
export const isSurplus = (
  book: Book,
  seat: Seat,
  { max, overageAllowed, settings }: Terms,
  isOlder: (one: Seat, than: Seat) => boolean = isOlderClaim,
): boolean => {
  if (overageAllowed || max === null || book.size <= max) return false;
  const older = [...book.values()].filter(
    (one) => one.pool === seat.pool && one.holder !== seat.holder && isOlder(one, seat),
  );
  return !isBelow(older.length, capsOf(settings.reservations, max).get(seat.pool) ?? 0);
};

const isOlderClaim = (one: Seat, than: Seat): boolean =>
  one.claimedAt < than.claimedAt || (one.claimedAt === than.claimedAt && one.holder < than.holder);

const isBelow = (count: number, cap: number | null | undefined): boolean =>
  cap === null || (cap !== undefined && count < cap);
