import { counterKey, ITEM_VERSION, type Key, seatKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Write } from "../store/table.ts";
import type { Book } from "./book.ts";

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
});

/** When a book's items may be cleaned up, in epoch seconds: all at once, long after it closed. */
export const bookExpiry = (book: Book, retentionDays: number): number =>
  Math.floor((book.period.to + retentionDays * DAY_MS) / SECOND_MS);

/** Puts a seat that nobody holds yet. */
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

/** Notes that a holder was seen; the claim itself is not touched, and a seat released meanwhile is not revived. */
export const seenWrite = (book: Book, seat: Seat, now: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: seatKey(book.id, seat.id),
  update: { expression: "SET lastSeen = :now", values: { ":now": formatTime(now) } },
  condition: { expression: "claimedAt = :claimed", values: { ":claimed": formatTime(seat.claimedAt) } },
});

/** Counts one seat more, on condition that the count is on the side of the maximum it was seen on. */
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
