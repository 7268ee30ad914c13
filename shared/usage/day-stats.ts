import { ITEM_VERSION, monthStatsKey } from "../contract/keys.ts";
import { type EpochMs, monthOf, startOf } from "../contract/time.ts";
import type { Item, Table, Write } from "../store/table.ts";

/**
 * The figures of a closed day (UTC). A session belongs to the day on which it ended; only the peaks count it on every
 * day that it ran.
 */
export type DayStats = Partial<PreviewStats> & {
  /** Sessions of people. CI sessions and previews are always counted separately. */
  sessions: number;
  seconds: number;
  ciSessions: number;
  ciSeconds: number;
  /** People with a session, counted by their machines and by their Kubernetes users. */
  activeUsers: { machine: number; kubernetes: number };
  /** The most sessions that ran at once. */
  peak: number;
  ciPeak: number;
  seatsClaimed: number;
  denials: number;
  /** The earliest start of all sessions that ended on the day; null if none did. */
  earliestStart: EpochMs | null;
  /** It includes everything that had settled before this moment. */
  asOf: EpochMs;
};

/** The figures of previews. Absent, which is zero, where an earlier release closed the day. */
export type PreviewStats = { previewSessions: number; previewSeconds: number; previewPeak: number };

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

/** Writes the figures of a day, unless a run that began later has already written them. */
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

/** The condition that the figures of a day are still those of the run that began at `asOf`. */
export const statsCheck = (day: string, asOf: EpochMs): Write & { kind: "check" } => ({
  kind: "check",
  key: monthStatsKey(monthOf(startOf(day))),
  condition: { expression: "#day.asOf = :asOf", names: { "#day": fieldOf(day) }, values: { ":asOf": asOf } },
});

// One field per day: each is written alone, whether the item exists or not.
const fieldOf = (day: string): string => `d${day.slice(8)}`;
const DAY_FIELD = /^d\d\d$/;
