import { ITEM_VERSION, monthSeatsKey, seatDaysKey } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { DAY_MS, type EpochMs, monthOf, startOf } from "../contract/time.ts";
import type { Item, Table, Write } from "../store/table.ts";
import { monthsBetween } from "../usage/timeframe.ts";

/** The numbers of days after which the history counts a holder as idle. */
export const IDLE_DAYS = [7, 14, 30] as const;

/** What was decided about seats on a closed day, by the server's clock. It never changes. */
export type DecidedDay = {
  /** The most seats held at once. Of two books on one day, the larger number. */
  held: number;
  /** The most seats held at once beyond the maximum. */
  overage: number;
  denials: number;
  /** How many seats were released. */
  releases: number;
  /** The highest maximum in force; null is unlimited. */
  max: number | null;
  trackingMode: TrackingMode;
  /** The partitions of the books. */
  books: readonly string[];
  /** How many different users held a seat in the 30 days that end with this one. Absent without all 30. */
  trailingUsers?: number;
  /** Set where rows of an earlier release, which do not name their book, are part of it. */
  rebuilt?: true;
};

/** Who used seats on a closed day, by the times of sessions. A late event changes it. */
export type UsedDay = {
  /** Different users with a session that ran on the day, counted by machine and by Kubernetes user. */
  active: { machine: number; kubernetes: number };
  /** For each of `IDLE_DAYS`, the holders at the day's end without activity on so many days, this one included. */
  idle: Record<string, number>;
  asOf: EpochMs;
};

/** The active users of a day, by the tracking mode of its license; undefined if they are not written yet. */
export const activeUsersOf = ({ decided, used }: SeatDay): number | undefined =>
  used?.active[decided.trackingMode === "KubernetesUser" ? "kubernetes" : "machine"];

export type SeatDay = { decided: DecidedDay; used: UsedDay | undefined };

/** The seat history of the days from one to another, by day. Days without one are absent. */
export const readSeatDays = async (
  table: Table,
  first: string,
  last: string,
  { consistent = false } = {},
): Promise<Map<string, SeatDay>> => {
  const days = new Map<string, SeatDay>();
  if (first > last) return days;
  const months = monthsBetween(monthOf(startOf(first)), monthOf(startOf(last)));
  for (const item of await table.batchGet(months.map(monthSeatsKey), { consistent }))
    for (const [day, one] of daysIn(item)) if (day >= first && day <= last) days.set(day, one);
  return days;
};

const daysIn = (item: Item): [day: string, one: SeatDay][] =>
  Object.entries(item)
    .filter(([name]) => DECIDED_FIELD.test(name))
    .map(([name, value]) => [
      `${String(item["pk"]).slice("MONTH#".length)}-${name.slice(1)}`,
      { decided: value as DecidedDay, used: item[`u${name.slice(1)}`] as UsedDay | undefined },
    ]);

/** The newest day of the seat history, up to one; undefined if its month and the one before have none. */
export const readNewestSeatDay = async (table: Table, last: string): Promise<SeatDay | undefined> => {
  const month = monthOf(startOf(last));
  for (const one of [month, monthOf(startOf(month) - DAY_MS)]) {
    const item = await table.get(monthSeatsKey(one), { consistent: false });
    const newest = item && daysIn(item).sort().at(-1);
    if (newest !== undefined) return newest[1];
  }
  return undefined;
};

/** Writes what was decided on a day, once. */
export const decidedWrite = (day: string, decided: DecidedDay): Write & { kind: "update" } => ({
  kind: "update",
  key: monthSeatsKey(monthOf(startOf(day))),
  update: {
    expression: "SET v = :v, #day = :decided",
    names: { "#day": `d${day.slice(8)}` },
    values: { ":v": ITEM_VERSION, ":decided": decided satisfies Item },
  },
  condition: { expression: "attribute_not_exists(#day)" },
});

/** Writes who used seats on a day, unless a run that began later has already written it. */
export const usedWrite = (day: string, used: UsedDay): Write & { kind: "update" } => ({
  kind: "update",
  key: monthSeatsKey(monthOf(startOf(day))),
  update: {
    expression: "SET v = :v, #day = :used",
    names: { "#day": `u${day.slice(8)}` },
    values: { ":v": ITEM_VERSION, ":used": used satisfies Item },
  },
  condition: { expression: "attribute_not_exists(#day) OR #day.asOf <= :asOf", values: { ":asOf": used.asOf } },
});

const DECIDED_FIELD = /^d\d\d$/;

/** The last day whose seat history was written; undefined before the first. */
export const readLastSeatDay = async (table: Table): Promise<string | undefined> => {
  const item = await table.get(seatDaysKey, { consistent: true });
  return item === undefined ? undefined : String(item["last"]);
};

/** Notes the last day, unless a later one is noted. */
export const noteLastSeatDay = async (table: Table, last: string): Promise<void> => {
  await table.write({
    kind: "put",
    item: { ...seatDaysKey, v: ITEM_VERSION, last },
    condition: {
      expression: "attribute_not_exists(pk) OR #last < :last",
      names: { "#last": "last" },
      values: { ":last": last },
    },
  });
};
