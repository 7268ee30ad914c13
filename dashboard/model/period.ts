/** The selectable time ranges, in days. */
export const RANGES = ["7", "30", "90", "all"] as const;
export type Range = (typeof RANGES)[number];

export const isRange = (value: unknown): value is Range => RANGES.includes(value as Range);

export const DAY_MS = 86_400_000;

/** The most days of trends that the server returns. */
export const MAX_TREND_DAYS = 366;

/** The number of days of trends in a range, today included. */
export const trendDays = (range: Range): number => (range === "all" ? MAX_TREND_DAYS : Number(range));

/**
 * The start of a range, in RFC 3339: 00:00 UTC of its first day, so that the report and the trends of a range count the
 * same sessions. Undefined for all time.
 */
export const rangeStart = (range: Range, now: number): string | undefined => {
  if (range === "all") return undefined;
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return new Date(today - (Number(range) - 1) * DAY_MS).toISOString();
};

export const rangeTitle = (range: Range): string => (range === "all" ? "all time" : `last ${range} days`);
