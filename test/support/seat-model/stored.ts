import { COMMON } from "./pools.ts";

/** How seats, slots and what sessions hold lie in the table: the one place that names their attributes. */

export type Raw = Readonly<Record<string, unknown>>;

/** One item before and after a commit. */
export type Change = { readonly before: Raw | undefined; readonly after: Raw | undefined };

export type StoredSeat = {
  /** Book, id and claim: a later claim of the same user is another one. */
  name: string;
  book: string;
  id: string;
  pool: string;
  live: number | undefined;
  idleSince: number | undefined;
};

const isIn = (item: Raw, partition: string): boolean => String(item["pk"]).startsWith(partition);
const numberOf = (value: unknown): number | undefined => (value === undefined ? undefined : Number(value));
const timeOf = (value: unknown): number | undefined => (value === undefined ? undefined : Date.parse(String(value)));

export const seatOf = (item: Raw): StoredSeat | undefined => {
  if (!isIn(item, "SEATS#") || !String(item["sk"]).startsWith("SEAT#")) return undefined;
  const [book, id] = [String(item["pk"]), String(item["id"])];
  return {
    name: claimName(book, id, item["claimedAt"]),
    book,
    id,
    pool: poolName(item["pool"]),
    live: numberOf(item["live"]),
    idleSince: timeOf(item["idleSince"]),
  };
};

export type StoredCounter = { book: string; claimed: number; pools: ReadonlyMap<string, number> | undefined };

/** A book's counter. It counts no pools where the deployment has none. */
export const counterOf = (item: Raw): StoredCounter | undefined => {
  if (!isIn(item, "SEATS#") || item["sk"] !== "COUNTER") return undefined;
  const pools = new Map<string, number>();
  for (const [attribute, value] of Object.entries(item))
    if (attribute.startsWith("pool_")) pools.set(attribute.slice("pool_".length), Number(value));
  if (item["common"] !== undefined) pools.set(COMMON, Number(item["common"]));
  const hasPools = item["common"] !== undefined;
  return { book: String(item["pk"]), claimed: Number(item["claimed"] ?? 0), pools: hasPools ? pools : undefined };
};

/** A counter of slots: its number, and how many are held. */
export const slotsOf = (item: Raw): { slot: string; held: number } | undefined => {
  const sk = String(item["sk"]);
  return sk.startsWith("SLOTS#") ? { slot: sk.slice("SLOTS#".length), held: Number(item["held"] ?? 0) } : undefined;
};

/** What a session's record holds: a claim of a seat by its name, and a slot by its number. Nothing once it is over. */
export const holdsOf = (item: Raw | undefined): { seat: string | undefined; slot: string | undefined } => {
  if (item === undefined || !isIn(item, "SESSION#") || item["state"] !== "live") return NOTHING;
  const holds = item["holds"] as Raw | undefined;
  if (holds === undefined) return NOTHING;
  return {
    seat:
      holds["seat"] === undefined
        ? undefined
        : claimName(String(holds["book"]), String(holds["seat"]), holds["claimedAt"]),
    slot: holds["slot"] === undefined ? undefined : String(holds["slot"]),
  };
};

const NOTHING = { seat: undefined, slot: undefined };

const claimName = (book: string, id: string, claimedAt: unknown): string => `${book} ${id} of ${String(claimedAt)}`;

const poolName = (value: unknown): string => (value === undefined || value === "common" ? COMMON : String(value));
