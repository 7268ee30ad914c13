import { COMMON_POOL } from "../contract/keys.ts";
import type { Reservation } from "../contract/reservations.ts";
import { matchesGlob } from "../patterns/glob.ts";
import type { Expression, Item } from "../store/table.ts";
import { attributeOf, COUNTED, countsPools, NOT_COUNTED, type PoolPart, type PoolsAt } from "./pool-counts.ts";
import type { Seat } from "./seat.ts";

/** The names of the pools, `COMMON_POOL` last, with how many seats each may have; null: any number. */
type Caps = ReadonlyMap<string, number | null>;

/** Beyond the maximum, pools are cut in the order of the configuration. The common pool has the rest. */
const capsOf = (reservations: readonly Reservation[], max: number | null): Caps => {
  const caps = new Map<string, number | null>();
  let left = max;
  for (const { name, seats } of reservations) {
    const cap = left === null ? seats : Math.min(seats, left);
    caps.set(name, cap);
    if (left !== null) left -= cap;
  }
  return caps.set(COMMON_POOL, left);
};

/** The reservations that get fewer seats than configured, for the log. */
export const cutPools = (
  reservations: readonly Reservation[],
  max: number | null,
): { name: string; configured: number; seats: number }[] => {
  const caps = capsOf(reservations, max);
  return reservations.flatMap(({ name, seats }) => {
    const cap = caps.get(name) ?? seats;
    return cap < seats ? [{ name, configured: seats, seats: cap }] : [];
  });
};

/** The pools that a session may claim a seat of: that of the first reservation that names its user, then the common one. */
const poolsFor = (
  reservations: readonly Reservation[],
  { kubernetesUsername, namespace }: { kubernetesUsername: string; namespace: string },
): readonly string[] => {
  const own = reservations.find(
    ({ users, namespaces }) =>
      matchesOne(users, kubernetesUsername) && (namespaces === undefined || matchesOne(namespaces, namespace)),
  );
  return own === undefined ? [COMMON_POOL] : [own.name, COMMON_POOL];
};

const matchesOne = (globs: readonly string[], text: string): boolean => globs.some((glob) => matchesGlob(glob, text));

/** How many seats of a pool a counter counts. Before it counts pools, all seats are common. */
const countedIn = (counter: Item | undefined, pool: string): number => {
  if (countsPools(counter)) return Number(counter?.[attributeOf(pool)] ?? 0);
  return pool === COMMON_POOL ? Number(counter?.["claimed"] ?? 0) : 0;
};

/** The pools that a claim has tried, the last one included that it counts in. */
type ClaimIn = { pool: string; caps: Caps; tried: readonly string[]; max: number | null; overage: boolean };

/**
 * Counts a claim in a pool, on condition that the pool is below its cap. `overage`: on condition that none of the tried pools has
 * room, or that the book is at its maximum. A counter without pools begins to count them, on condition that it is as it was
 * read: until then all its seats are common.
 */
const poolClaim = (counter: Item | undefined, claim: ClaimIn): PoolPart => {
  const { pool } = claim;
  const names = { "#pool": attributeOf(pool) };
  const plusOne = "#pool = if_not_exists(#pool, :poolBase) + :one";
  if (countsPools(counter))
    return {
      set: { expression: plusOne, names, values: { ":poolBase": 0, ":one": 1 } },
      condition: claim.overage ? whereFull(claim) : whereRoom(claim),
    };
  const claimed = Number(counter?.["claimed"] ?? 0);
  const isCommon = pool === COMMON_POOL;
  return {
    set: {
      expression: isCommon ? plusOne : `${plusOne}, common = :claimedSeen`,
      names,
      values: { ":poolBase": isCommon ? claimed : 0, ":one": 1 },
    },
    condition: {
      expression: `${NOT_COUNTED} AND ${claimed === 0 ? "(attribute_not_exists(claimed) OR claimed = :claimedSeen)" : "claimed = :claimedSeen"}`,
      values: { ":claimedSeen": claimed },
    },
  };
};

const whereRoom = ({ pool, caps }: ClaimIn): Expression => {
  const cap = caps.get(pool) ?? null;
  return cap === null
    ? { expression: COUNTED }
    : {
        expression: `${COUNTED} AND (attribute_not_exists(#pool) OR #pool < :poolCap)`,
        values: { ":poolCap": cap },
      };
};

// A pool that may have no seat is always full.
const whereFull = ({ caps, tried, max }: ClaimIn): Expression => {
  const some = tried.filter((pool) => caps.get(pool) !== 0);
  if (max === null || max === 0 || some.length === 0) return { expression: COUNTED };
  const full = some.map((_, place) => `#tried${place} >= :cap${place}`).join(" AND ");
  return {
    expression: `${COUNTED} AND (claimed >= :max OR (${full}))`,
    names: Object.fromEntries(some.map((pool, place) => [`#tried${place}`, attributeOf(pool)])),
    values: { ":max": max, ...Object.fromEntries(some.map((pool, place) => [`:cap${place}`, caps.get(pool)])) },
  };
};

/** Whether a pool has room for a claim, by a counter that was read. */
const hasRoom = (counter: Item | undefined, caps: Caps, pool: string): boolean => {
  const cap = caps.get(pool);
  return cap === undefined || cap === null || countedIn(counter, pool) < cap;
};

/** The condition of a take-over within a pool: it is not above its cap. */
const notAboveCap = (counter: Item | undefined, caps: Caps, pool: string): Expression => {
  const cap = caps.get(pool) ?? null;
  if (!countsPools(counter)) {
    return cap === null
      ? { expression: NOT_COUNTED }
      : { expression: `${NOT_COUNTED} AND claimed <= :poolCap`, values: { ":poolCap": cap } };
  }
  if (cap === null) return { expression: COUNTED };
  return {
    expression: `${COUNTED} AND #pool <= :poolCap`,
    names: { "#pool": attributeOf(pool) },
    values: { ":poolCap": cap },
  };
};

/** The pools of a book with reservations, or with seats of earlier ones, for a claimer. */
export const poolsOf = (
  reservations: readonly Reservation[],
  at: { max: number | null; counter: Item | undefined; kubernetesUsername: string; namespace: string },
): PoolsAt => {
  const { max, counter } = at;
  const caps = capsOf(reservations, max);
  const tried = poolsFor(reservations, at);
  return {
    tried,
    hasRoom: (pool) => hasRoom(counter, caps, pool),
    claimPart: (pool, overage) => poolClaim(counter, { pool, caps, tried, max, overage }),
    takeOverPart: (pool) => {
      const cap = caps.get(pool) ?? null;
      return cap !== null && countedIn(counter, pool) > cap ? undefined : notAboveCap(counter, caps, pool);
    },
  };
};

/**
 * The seats that a lowered maximum ranks with one, in their order, and how many of them are kept. The seats of a reservation that
 * was removed rank with the common ones.
 */
export const rankedWith = (
  seat: Pick<Seat, "pool">,
  all: readonly Seat[],
  reservations: readonly Reservation[],
  max: number,
): { seats: readonly Seat[]; cap: number } => {
  const caps = capsOf(reservations, max);
  const poolOf = ({ pool = COMMON_POOL }: Pick<Seat, "pool">): string => (caps.has(pool) ? pool : COMMON_POOL);
  const pool = poolOf(seat);
  return { seats: all.filter((one) => poolOf(one) === pool), cap: caps.get(pool) ?? max };
};
