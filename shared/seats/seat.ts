import { counterKey, ITEM_VERSION, type Key, seatKey, seatKeyIn } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import type { Book, SeatClient } from "./book.ts";

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
});

/** When a book's items expire, in epoch seconds: all together, long after its period. */
export const bookExpiry = (book: Book, retentionDays: number): number =>
  Math.floor((book.period.to + retentionDays * DAY_MS) / SECOND_MS);

/** Writes a seat, on condition that nobody holds it. */
export const seatWrite = (book: Book, seat: Seat, expiresAt: number): Write => {
  const item: Key & Item = {
    ...seatKey(book.id, seat.id),
    v: ITEM_VERSION,
    ...seat,
    claimedAt: formatTime(seat.claimedAt),
    lastSeen: formatTime(seat.lastSeen),
    expiresAt,
  };
  return { kind: "put", item, condition: { expression: "attribute_not_exists(pk)" } };
};

/** What became of a session's write: as for one write, or `moved`, if the seat is no longer of the same claim. */
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
): Promise<OnSeat> => {
  if (!isFirstOther(on.seat, on.sessionId)) return table.write(session);
  const note = otherWrite(on.bookName, on.seat, on.seen);
  return retrying(pace, deadline, async (): Promise<OnSeat | undefined> => {
    const result = await table.transact([session, note]);
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

const seenUpdate = ({ at, client }: Seen): Expression & { values: Record<string, unknown> } => ({
  expression:
    "SET lastSeen = :at, machineId = :machine, kubernetesUsername = :user, clientHostname = :host, clientUsername = :name",
  values: {
    ":at": formatTime(at),
    ":machine": client.id,
    ":user": client.kubernetesUsername,
    ":host": client.hostname,
    ":name": client.username,
  },
});

/** Counts one seat more, on condition that the count is still below the maximum, or with overage, at it or above. */
export const countWrite = (book: Book, overage: boolean, expiresAt: number): Write => ({
  kind: "update",
  key: counterKey(book.id),
  update: {
    expression: "SET v = :v, expiresAt = :expires ADD claimed :one",
    values: { ":v": ITEM_VERSION, ":expires": expiresAt, ":one": 1 },
  },
  ...countCondition(book, overage),
});

const countCondition = ({ max }: Book, overage: boolean): Pick<Write & { kind: "update" }, "condition"> => {
  if (max === null) return {};
  const none = "attribute_not_exists(claimed)";
  if (!overage) return { condition: { expression: `${none} OR claimed < :max`, values: { ":max": max } } };
  return max === 0 ? {} : { condition: { expression: "claimed >= :max", values: { ":max": max } } };
};
