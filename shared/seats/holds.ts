import { COMMON_POOL, idleList, type Key, seatKeyIn } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import { claimOf, isFirstOther, type Seat, type Seen, seatFrom, seenFields } from "./seat.ts";

/**
 * What a live session holds. Its record names it, so that whatever ends the session gives back exactly this. A denied session
 * holds nothing, and in the plain mode `period` no session does.
 */
export type Holds = {
  book: string;
  seat: string;
  /** Which claim of the seat. */
  claim: string;
  /** The seat's pool, if it is not the common one. */
  pool?: string;
};

export const holdsOf = (book: string, seat: Seat): Holds => ({
  book,
  seat: seat.id,
  claim: claimOf(seat),
  ...(seat.pool === undefined || seat.pool === COMMON_POOL ? {} : { pool: seat.pool }),
});

/** The condition that a record still holds what it was read with. */
export const sameHolds = (holds: Holds | undefined): Expression =>
  holds === undefined
    ? { expression: "attribute_not_exists(holds)" }
    : { expression: "holds = :seenHolds", values: { ":seenHolds": holds } };

/** Makes live sessions hold a seat, on condition that it is still of the same claim. With `seen`, its user is noted, too. */
export const holdWrite = (book: string, seat: Seat, sessionIds: readonly string[], seen?: Seen): Write => {
  const isOther = sessionIds.some((id) => isFirstOther(seat, id));
  const fields = seen && seenFields(seen);
  const set = ["claim = :claim", ...(isOther ? ["hasOthers = :yes"] : []), ...(fields ? [fields.expression] : [])];
  return {
    kind: "update",
    key: seatKeyIn(book, seat.id),
    update: {
      expression: `SET ${set.join(", ")} REMOVE idleSince, #list, #at ADD live :more`,
      names: NAMES,
      values: {
        ":claim": claimOf(seat),
        ":more": sessionIds.length,
        ...(isOther ? { ":yes": true } : {}),
        ...fields?.values,
      },
    },
    condition: sameClaim(seat),
  };
};

// A seat that was claimed before sessions held their seats does not name its claim yet.
const sameClaim = ({ claimedAt, claimedBy }: Seat): Expression & { values: Record<string, unknown> } => ({
  expression: `claimedAt = :claimed AND ${claimedBy === undefined ? "attribute_not_exists(claimedBy)" : "claimedBy = :claimer"}`,
  values: { ":claimed": formatTime(claimedAt), ...(claimedBy === undefined ? {} : { ":claimer": claimedBy }) },
});

/** Deletes a seat, on condition that no session has held it since it was read. */
export const idleDelete = (book: string, seat: Seat): Write => ({
  kind: "delete",
  key: seatKeyIn(book, seat.id),
  condition: {
    expression: "claim = :claim AND live = :none AND idleSince = :idleSince",
    values: { ":claim": claimOf(seat), ":none": 0, ":idleSince": formatTime(seat.idleSince ?? 0) },
  },
});

/** A session that stops holding a seat, and when its user was known live last, if it did not end in another book's favour. */
export type GivesBack = { holds: Holds; seen?: Seen | undefined };

/**
 * The writes that give back what sessions held, one for each seat: the last session leaves it idle from `now` on. A seat that
 * was released since is not touched. `alone`: nothing is read; the sessions are taken to be the last ones of their seats, and
 * the writes are refused if they are not.
 */
export const givingBack = async (
  table: Table,
  leaving: readonly GivesBack[],
  now: EpochMs,
  { alone = false } = {},
): Promise<Write[]> => {
  if (leaving.length === 0) return [];
  const groups = [...Map.groupBy(leaving, ({ holds }) => `${seatName(holds)} ${holds.claim}`).values()].flatMap(
    (group) => (group[0] === undefined ? [] : [{ holds: group[0].holds, count: group.length, seen: lastOf(group) }]),
  );
  if (alone) return groups.map(leaveAsLast(now));
  const keys = new Map(groups.map(({ holds }) => [seatName(holds), seatKeyIn(holds.book, holds.seat)]));
  const items = new Map(
    (await table.batchGet([...keys.values()], { consistent: true })).map((item) => [
      seatName({ book: String(item["pk"]), seat: String(item["id"]) }),
      item,
    ]),
  );
  return groups.flatMap((group) => {
    const item = items.get(seatName(group.holds));
    return item === undefined || claimOf(seatFrom(item)) !== group.holds.claim ? [] : [leave(item, group, now)];
  });
};

/** The sessions of one claim of a seat that leave it together. */
type Group = { holds: Holds; count: number; seen: Seen | undefined };

const seatName = ({ book, seat }: Pick<Holds, "book" | "seat">): string => `${book} ${seat}`;

const lastOf = (group: readonly GivesBack[]): Seen | undefined =>
  group
    .flatMap(({ seen }) => seen ?? [])
    .reduce<Seen | undefined>((last, one) => (last === undefined || one.at > last.at ? one : last), undefined);

const leaveAsLast =
  (now: EpochMs) =>
  ({ holds, count, seen }: Group): Write => ({
    ...updateTo(holds, 0, seen, now),
    condition: {
      expression: `claim = :claim AND live = :live${seen === undefined ? "" : " AND lastSeen <= :at"}`,
      values: { ":claim": holds.claim, ":live": count },
    },
  });

const leave = (item: Item, { holds, count, seen }: Group, now: EpochMs): Write => {
  const live = Number(item["live"] ?? 0);
  const isLater = seen !== undefined && formatTime(seen.at) > String(item["lastSeen"]);
  return {
    ...updateTo(holds, live - count, isLater ? seen : undefined, now),
    condition: {
      expression: "claim = :claim AND live = :live AND lastSeen = :seenBefore",
      values: { ":claim": holds.claim, ":live": live, ":seenBefore": item["lastSeen"] },
    },
  };
};

const NAMES = { "#list": "list", "#at": "at" };

// `left`: how many live sessions still hold it.
const updateTo = ({ book, seat, pool }: Holds, left: number, seen: Seen | undefined, now: EpochMs) => {
  const fields = seen && seenFields(seen);
  const idle = left > 0 ? undefined : idleFields(book, now, pool);
  return {
    kind: "update",
    key: seatKeyIn(book, seat) satisfies Key,
    update: {
      expression: `SET ${[idle?.expression ?? "live = :left", ...(fields ? [fields.expression] : [])].join(", ")}`,
      ...(idle && { names: idle.names }),
      values: { ...(idle?.values ?? { ":left": left }), ...fields?.values },
    },
  } as const;
};

const idleFields = (book: string, since: EpochMs, pool: string | undefined) => ({
  expression: "live = :none, idleSince = :idleSince, #list = :list, #at = :idleSince",
  names: NAMES,
  values: { ":none": 0, ":idleSince": formatTime(since), ":list": idleList(book, pool ?? COMMON_POOL) },
});

/**
 * Notes that no live session holds a seat, since when its user was last seen: it was claimed before sessions held their seats.
 * Refused if one holds it by now.
 */
export const unheldWrite = (book: string, seat: Seat): Write & { kind: "update" } => {
  const idle = idleFields(book, seat.lastSeen, seat.pool);
  const { expression, values } = sameClaim(seat);
  return {
    kind: "update",
    key: seatKeyIn(book, seat.id),
    update: {
      expression: `SET claim = :claim, ${idle.expression}`,
      names: idle.names,
      values: { ":claim": claimOf(seat), ...idle.values },
    },
    condition: { expression: `${expression} AND attribute_not_exists(live)`, values },
  };
};
