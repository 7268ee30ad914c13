import { COMMON } from "./pools.ts";
import { DEFAULTS, type Reservation, type SeatSettings } from "./settings.ts";

/** How seats, slots and what sessions hold lie in the table: the one place that names their attributes. */

export type Raw = Readonly<Record<string, unknown>>;

/** The item with the settings that are in force. */
export const isSettings = (item: Raw): boolean => item["pk"] === "SERVER" && item["sk"] === "SEATS";

export const settingsOf = (item: Raw): SeatSettings => ({
  ...DEFAULTS,
  mode: item["mode"] === "floating" ? "floating" : "period",
  graceMinutes: Number(item["graceMinutes"] ?? DEFAULTS.graceMinutes),
  idleDays: numberOf(item["idleDays"]),
  lostMinutes: Number(item["lostMinutes"] ?? DEFAULTS.lostMinutes),
  reservations: (item["reservations"] ?? []) as readonly Reservation[],
});

export type StoredSeat = {
  /** Book, id and claim: a later claim of the same user is another one. */
  name: string;
  book: string;
  id: string;
  claim: string | undefined;
  pool: string;
  live: number | undefined;
  idleSince: number | undefined;
};

const isIn = (item: Raw, partition: string): boolean => String(item["pk"]).startsWith(partition);
const numberOf = (value: unknown): number | undefined => (value === undefined ? undefined : Number(value));
const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
const timeOf = (value: unknown): number | undefined => (value === undefined ? undefined : Date.parse(String(value)));

export const seatOf = (item: Raw): StoredSeat | undefined => {
  if (!isIn(item, "SEATS#") || !String(item["sk"]).startsWith("SEAT#")) return undefined;
  const [book, id] = [String(item["pk"]), String(item["id"])];
  return {
    name: claimName(book, id, item["claim"]),
    book,
    id,
    claim: textOf(item["claim"]),
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

/** What a live session's record holds: a claim of a seat, by its name too, and a slot by its number. */
export type StoredHolds = {
  seat: { name: string; book: string; id: string; claim: string | undefined } | undefined;
  slot: string | undefined;
};

/** Nothing once it is over. */
export const holdsOf = (item: Raw | undefined): StoredHolds => {
  if (item === undefined || !isIn(item, "SESSION#") || item["state"] !== "live") return NOTHING;
  const holds = item["holds"] as Raw | undefined;
  if (holds === undefined) return NOTHING;
  const [book, id, claim] = [String(holds["book"]), String(holds["seat"]), textOf(holds["claim"])];
  const name = claimName(book, id, claim);
  return { seat: holds["seat"] === undefined ? undefined : { name, book, id, claim }, slot: textOf(holds["slot"]) };
};

const NOTHING: StoredHolds = { seat: undefined, slot: undefined };

const claimName = (book: string, id: string, claim: unknown): string => `${book} ${id} of ${String(claim)}`;

const poolName = (value: unknown): string => (value === undefined || value === "common" ? COMMON : String(value));
