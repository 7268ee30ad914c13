/** The time ranges that usage is shown for, in days. */
export const RANGES = ["7", "30", "90", "all"] as const;
export type Range = (typeof RANGES)[number];

export const isRange = (value: unknown): value is Range => RANGES.includes(value as Range);

export const DAY_MS = 86_400_000;

/** The most days that the server's trends go back. */
export const MAX_TREND_DAYS = 366;

/** How many days of trends a range takes, today included. */
export const trendDays = (range: Range): number => (range === "all" ? MAX_TREND_DAYS : Number(range));

/**
 * When a range begins, in RFC 3339: at 00:00 UTC of its first day, so that the report and the trends of a range count the
 * same sessions. Undefined where it has no beginning.
 */
export const rangeStart = (range: Range, now: number): string | undefined => {
  if (range === "all") return undefined;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return new Date(today - (Number(range) - 1) * DAY_MS).toISOString();
};

export const rangeTitle = (range: Range): string => (range === "all" ? "all time" : `last ${range} days`);
