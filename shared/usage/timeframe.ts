import { DAY_MS, dayOf, type EpochMs, monthOf, nextMonth, startOf } from "../contract/time.ts";

/**
 * How a span of time is read: whole months and whole days from their rollups, and the parts of days at both ends from
 * the list of ended sessions. The parts do not overlap and leave nothing out.
 */
export type Timeframe = {
  /** `yyyy-mm` */
  months: string[];
  /** `yyyy-mm-dd` */
  days: string[];
  /** Each within one day: `from <= t < to`. */
  parts: { from: EpochMs; to: EpochMs }[];
};

/** Splits `from <= t < to`. */
export const splitTimeframe = (from: EpochMs, to: EpochMs): Timeframe => {
  const timeframe: Timeframe = { months: [], days: [], parts: [] };
  let at = from;
  while (at < to) {
    const dayStart = startOf(dayOf(at));
    const dayEnd = dayStart + DAY_MS;
    const month = monthOf(at);
    const monthEnd = startOf(nextMonth(month));
    if (at === startOf(month) && monthEnd <= to) {
      timeframe.months.push(month);
      at = monthEnd;
    } else if (at === dayStart && dayEnd <= to) {
      timeframe.days.push(dayOf(at));
      at = dayEnd;
    } else {
      const end = Math.min(dayEnd, to);
      timeframe.parts.push({ from: at, to: end });
      at = end;
    }
  }
  return timeframe;
};

/** The months from one to another, both included. */
export const monthsBetween = (first: string, last: string): string[] => {
  const months: string[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) months.push(month);
  return months;
};
