import { createHash } from "node:crypto";
import { counterKey, ITEM_VERSION, type Key, seatKey, seatKeyIn } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import { type Book, isFloating, type SeatClient } from "./book.ts";
import type { PoolPart } from "./pool-counts.ts";

/** One claimed seat. */
export type Seat = {
  id: string;
  claimedAt: EpochMs;
  lastSeen: EpochMs;
  overage: boolean;
  machineId: string;
  kubernetesUsername: string;
  clientHostname: string;
  clientUsername: string;
  instanceId: string;
  /** The session that claimed it. Absent in seats of earlier releases. */
  claimedBy?: string | undefined;
  /** Set once another session has run on it. */
  hasOthers?: true | undefined;
  /** How many live sessions hold it. Undefined where none has ever: in the plain mode `period`. */
  live?: number | undefined;
  /** Since when no live session holds it. */
  idleSince?: EpochMs | undefined;
  /** The pool that counts it, for as long as it is held. Undefined, as in books without pools: the common one. */
  pool?: string | undefined;
};

export const seatFrom = (item: Item): Seat => ({
  id: String(item["id"]),
  claimedAt: Date.parse(String(item["claimedAt"])),
  lastSeen: Date.parse(String(item["lastSeen"])),
  overage: item["overage"] === true,
  machineId: String(item["machineId"]),
  kubernetesUsername: String(item["kubernetesUsername"]),
  clientHostname: String(item["clientHostname"]),
  clientUsername: String(item["clientUsername"]),
  instanceId: String(item["instanceId"]),
  claimedBy: item["claimedBy"] === undefined ? undefined : String(item["claimedBy"]),
  hasOthers: item["hasOthers"] === true ? true : undefined,
  live: item["live"] === undefined ? undefined : Number(item["live"]),
  idleSince: item["idleSince"] === undefined ? undefined : Date.parse(String(item["idleSince"])),
  pool: item["pool"] === undefined ? undefined : String(item["pool"]),
});

/** When a book's items expire, in epoch seconds: all together, long after its period. Those of a floating book one by one. */
export const bookExpiry = (book: Book, retentionDays: number, now: EpochMs): number =>
  Math.floor(((isFloating(book) ? now : book.period.to) + retentionDays * DAY_MS) / SECOND_MS);

/** When a seat and the counter expire. Floating ones do not: a job deletes the seats that are free, and counts them. */
export const seatExpiry = (book: Book, retentionDays: number): number | undefined =>
  isFloating(book) ? undefined : bookExpiry(book, retentionDays, book.period.to);

/** Writes a seat, on condition that nobody holds it. */
export const seatWrite = (book: Book, seat: Seat, expiresAt: number | undefined): Write => {
  const item: Key & Item = {
    ...seatKey(book.id, seat.id),
    v: ITEM_VERSION,
    ...seat,
    claimedAt: formatTime(seat.claimedAt),
    lastSeen: formatTime(seat.lastSeen),
    ...(seat.live === undefined ? {} : { claim: claimOf(seat) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { kind: "put", item, condition: { expression: "attribute_not_exists(pk)" } };
};

/** Names a claim of a seat: after a release, a seat of the same user is another one. */
export const claimOf = ({ claimedAt, claimedBy }: Pick<Seat, "claimedAt" | "claimedBy">): string =>
  createHash("sha256")
    .update(`${formatTime(claimedAt)} ${claimedBy ?? ""}`)
    .digest("base64url")
    .slice(0, 8);

/** What became of a session's write: as for one write, or `moved`, if a seat is no longer as it was read. */
export type OnSeat = { outcome: "written" } | { outcome: "refused"; found: Item | undefined } | { outcome: "moved" };

/**
 * Writes a session that runs on a seat. The first that is not the claimer's is noted at the seat, in one transaction with the
 * session; with `seen`, also when its user was seen. Nothing is written unless both are. Throws `StoreUnavailable`.
 */
export const writeOnSeat = async (
  { table, pace }: { table: Table; pace: Pace },
  on: { bookName: string; seat: OfClaim; sessionId: string; seen?: Seen | undefined },
  session: Exclude<Write, { kind: "check" }>,
  deadline: EpochMs,
  /** What the session gives back. */
  givenBack: readonly Write[] = [],
): Promise<OnSeat> => {
  const notes = isFirstOther(on.seat, on.sessionId) ? [otherWrite(on.bookName, on.seat, on.seen)] : [];
  const others = [...notes, ...givenBack];
  if (others.length === 0) return table.write(session);
  return retrying(pace, deadline, async (): Promise<OnSeat | undefined> => {
    const result = await table.transact([session, ...others]);
    if (result.outcome === "conflict") return undefined;
    if (result.outcome === "committed") return { outcome: "written" };
    return result.refusals.has(0) ? { outcome: "refused", found: result.refusals.get(0) } : { outcome: "moved" };
  });
};

const otherWrite = (bookName: string, { id, claimedAt }: OfClaim, seen: Seen | undefined): Write => {
  const of = seen === undefined ? { expression: "SET hasOthers = :yes", values: {} } : seenUpdate(seen);
  return {
    kind: "update",
    key: seatKeyIn(bookName, id),
    update: {
      expression: seen === undefined ? of.expression : `${of.expression}, hasOthers = :yes`,
      values: { ...of.values, ":yes": true },
    },
    condition: { expression: "claimedAt = :claimed", values: { ":claimed": formatTime(claimedAt) } },
  };
};

/** Whether a session would be the first to run on a seat that another one claimed. */
export const isFirstOther = ({ claimedBy, hasOthers }: OfClaim, sessionId: string): boolean =>
  claimedBy !== undefined && claimedBy !== sessionId && hasOthers === undefined;

/** Who claimed a seat, and whether others have run on it. */
export type OfClaim = Pick<Seat, "id" | "claimedAt" | "claimedBy" | "hasOthers">;

/** When a seat's user was known to run a session, and who that was. */
export type Seen = { at: EpochMs; client: SeatClient & { hostname: string; username: string } };

/**
 * Notes when a seat's user was last seen, and the names of then. Refused if something later is noted, or if nobody holds
 * the seat: the claim is not touched and a released seat stays released.
 */
export const seenWrite = (bookName: string, seatId: string, seen: Seen): Write & { kind: "update" } => ({
  kind: "update",
  key: seatKeyIn(bookName, seatId),
  update: seenUpdate(seen),
  condition: { expression: "attribute_exists(pk) AND lastSeen <= :at" },
});

const seenUpdate = (seen: Seen): ReturnType<typeof seenFields> => {
  const { expression, values } = seenFields(seen);
  return { expression: `SET ${expression}`, values };
};

/** The part of an update that notes when a seat's user was last seen, and the names of then. */
export const seenFields = ({ at, client }: Seen): Expression & { values: Record<string, unknown> } => ({
  expression:
    "lastSeen = :at, machineId = :machine, kubernetesUsername = :user, clientHostname = :host, clientUsername = :name",
  values: {
    ":at": formatTime(at),
    ":machine": client.id,
    ":user": client.kubernetesUsername,
    ":host": client.hostname,
    ":name": client.username,
  },
});

/**
 * Counts one seat more, on condition that the count is still below the maximum, or with overage, at it or above, and that the
 * rules of seats have not changed. `pools` counts it in its pool; overage there has the condition of the pools alone.
 */
export const countWrite = (book: Book, overage: boolean, expiresAt: number | undefined, pools: PoolPart): Write => {
  const { generation } = book.rules;
  const set = [
    "v = :v",
    ...(expiresAt === undefined ? [] : ["expiresAt = :expires"]),
    ...(generation === 0 ? [] : ["generation = :generation"]),
    ...(pools.set === undefined ? [] : [pools.set.expression]),
  ];
  const { expression, values } = pools.set !== undefined && overage ? {} : countCondition(book, overage);
  const current = isCurrent(book);
  return {
    kind: "update",
    key: counterKey(book.id),
    update: {
      expression: `SET ${set.join(", ")}${generation === 0 ? "" : " REMOVE closedAt"} ADD claimed :one`,
      values: {
        ":v": ITEM_VERSION,
        ...(expiresAt === undefined ? {} : { ":expires": expiresAt }),
        ...current.values,
        ...pools.set?.values,
        ":one": 1,
      },
      ...(pools.set?.names === undefined ? {} : { names: pools.set.names }),
    },
    condition: {
      expression: [
        ...(expression === undefined ? [] : [`(${expression})`]),
        current.expression,
        pools.condition.expression,
      ].join(" AND "),
      ...(pools.condition.names === undefined ? {} : { names: pools.condition.names }),
      // The update has the generation already.
      values: { ...values, ...pools.condition.values },
    },
  };
};

const countCondition = ({ max }: Book, overage: boolean): Partial<Expression> => {
  if (max === null) return {};
  const none = "attribute_not_exists(claimed)";
  if (!overage) return { expression: `${none} OR claimed < :max`, values: { ":max": max } };
  return max === 0 ? {} : { expression: "claimed >= :max", values: { ":max": max } };
};

// A change of the rules writes its generation into the counter, so a function that obeys earlier ones is refused.
const isCurrent = ({ rules: { generation } }: Book): Expression & { values: Record<string, unknown> } =>
  generation === 0
    ? { expression: "attribute_not_exists(generation)", values: {} }
    : {
        expression: "(attribute_not_exists(generation) OR generation <= :generation)",
        values: { ":generation": generation },
      };

/** Checks that no more is claimed than the maximum, and in the pool, for a claim that takes another one's place. */
export const countedCheck = (book: Book, max: number, inPool: Expression): Write => {
  const { expression, values } = isCurrent(book);
  return {
    kind: "check",
    key: counterKey(book.id),
    condition: {
      expression: `claimed <= :max AND holding = :holding AND ${expression} AND ${inPool.expression}`,
      ...(inPool.names === undefined ? {} : { names: inPool.names }),
      values: { ":max": max, ":holding": book.rules.holding, ...values, ...inPool.values },
    },
  };
};
