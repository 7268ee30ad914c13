import { ITEM_VERSION, monthStatsKey } from "../contract/keys.ts";
import { type EpochMs, monthOf, startOf } from "../contract/time.ts";
import type { Item, Table, Write } from "../store/table.ts";

/** What a closed day (UTC) comes to. But for the peaks, a session belongs to the day on which it ended. */
export type DayStats = {
  /** Those of people; CI stands apart everywhere. */
  sessions: number;
  seconds: number;
  ciSessions: number;
  ciSeconds: number;
  /** People with a session, told apart by their machines, and by their Kubernetes users. */
  activeUsers: { machine: number; kubernetes: number };
  /** The most that ran at once. */
  peak: number;
  ciPeak: number;
  seatsClaimed: number;
  denials: number;
  /** The earliest start of all sessions that ended on the day; null where none did. */
  earliestStart: EpochMs | null;
  /** Everything that had settled before this moment is in it. */
  asOf: EpochMs;
};

/** The statistics of a month's closed days, by day. */
export const readMonthStats = async (
  table: Table,
  month: string,
  { consistent }: { consistent: boolean },
): Promise<Map<string, DayStats>> => {
  const item = await table.get(monthStatsKey(month), { consistent });
  const days = Object.entries(item ?? {}).filter(([name]) => DAY_FIELD.test(name));
  return new Map(days.map(([name, stats]) => [`${month}-${name.slice(1)}`, stats as DayStats]));
};

/** Fixes a day, unless whoever fixed it already began to look later. */
export const statsWrite = (day: string, stats: DayStats): Write & { kind: "update" } => ({
  kind: "update",
  key: monthStatsKey(monthOf(startOf(day))),
  update: {
    expression: "SET v = :v, #day = :stats",
    names: { "#day": fieldOf(day) },
    values: { ":v": ITEM_VERSION, ":stats": stats satisfies Item },
  },
  condition: {
    expression: "attribute_not_exists(#day) OR #day.asOf <= :asOf",
    values: { ":asOf": stats.asOf },
  },
});

/** That a day is still as it was fixed by who began to look at `asOf`. */
export const statsCheck = (day: string, asOf: EpochMs): Write & { kind: "check" } => ({
  kind: "check",
  key: monthStatsKey(monthOf(startOf(day))),
  condition: { expression: "#day.asOf = :asOf", names: { "#day": fieldOf(day) }, values: { ":asOf": asOf } },
});

// One field a day, so that each is written by itself, whether the item is there yet or not.
const fieldOf = (day: string): string => `d${day.slice(8)}`;
const DAY_FIELD = /^d\d\d$/;
