import { DAY_MS, dayOf, type EpochMs, startOf } from "../contract/time.ts";
import { dayBefore } from "../usage/closing.ts";
import type { SeatSettings } from "./rules.ts";
import type { SeatDay } from "./seat-days.ts";

/** How many users need seats, by a closed day (`yyyy-mm-dd`). */
export type ForecastPoint = { day: string; users: number };

export type SeatForecast = {
  status: "forecast" | "too_few_days" | "reached" | "unlimited";
  /** The newest value of the series; null if there is none. */
  users: number | null;
  /** These are null unless there is a forecast. */
  growthPerDay: number | null;
  /** The day on which the line meets the maximum, and those on which the limits of the band do. */
  on: string | null;
  earliest: string | null;
  latest: string | null;
};

/** The days that a line is laid through. */
export const MOST_FORECAST_DAYS = 30;
const FEWEST_DAYS = 14;
const LOOK_AHEAD_DAYS = 365;
/** Sums of decimal fractions are a little off. */
const EPSILON = 1e-9;

/**
 * When the users of a series reach the maximum: the least-squares line through its last 30 values, with the limits of its
 * 80 % prediction interval. `points` are closed days, the oldest first. `used` is how many seats are held now.
 */
export const forecastSeats = (
  points: readonly ForecastPoint[],
  { max, used, now }: { max: number | null; used: number; now: EpochMs },
): SeatForecast => {
  const last = points.slice(-MOST_FORECAST_DAYS);
  const users = last.at(-1)?.users ?? null;
  const without = (status: SeatForecast["status"]): SeatForecast => ({
    status,
    users,
    ...{ growthPerDay: null, on: null, earliest: null, latest: null },
  });
  if (max === null) return without("unlimited");
  if (Math.max(used, users ?? 0) >= max) return without("reached");
  if (last.length < FEWEST_DAYS) return without("too_few_days");
  const line = lineThrough(last);
  const today = numberOf(dayOf(now));
  const firstDay = (valueOn: (day: number) => number): string | null => {
    for (let day = today; day <= today + LOOK_AHEAD_DAYS; day += 1)
      if (valueOn(day) >= max - EPSILON) return dayOf(day * DAY_MS);
    return null;
  };
  return {
    status: "forecast",
    users,
    growthPerDay: line.slope,
    on: firstDay(line.on),
    earliest: firstDay((day) => line.on(day) + line.halfBandOn(day)),
    latest: firstDay((day) => line.on(day) - line.halfBandOn(day)),
  };
};

const numberOf = (day: string): number => startOf(day) / DAY_MS;

type Line = { slope: number; on: (day: number) => number; halfBandOn: (day: number) => number };

// Least squares, and the prediction interval of one new value: NIST/SEMATECH e-Handbook of Statistical Methods, 4.5.2.1.
const lineThrough = (points: readonly ForecastPoint[]): Line => {
  const values = points.map(({ day, users }) => ({ x: numberOf(day), y: users }));
  const count = values.length;
  const meanX = values.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = values.reduce((sum, { y }) => sum + y, 0) / count;
  const spread = values.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope = values.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const on = (day: number): number => meanY + slope * (day - meanX);
  const squares = values.reduce((sum, { x, y }) => sum + (y - on(x)) ** 2, 0);
  const scale = quantileT(count - 2) * Math.sqrt(squares / (count - 2));
  return { slope, on, halfBandOn: (day) => scale * Math.sqrt(1 + 1 / count + (day - meanX) ** 2 / spread) };
};

// The 0.90 quantiles of Student's t for 12 to 28 degrees of freedom: an interval of 80 % has 10 % on each side. From the
// NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
const QUANTILES = [
  1.356, 1.35, 1.345, 1.341, 1.337, 1.333, 1.33, 1.328, 1.325, 1.323, 1.321, 1.319, 1.318, 1.316, 1.315, 1.314, 1.313,
] as const;

const quantileT = (freedom: number): number => {
  const quantile = QUANTILES[freedom - (FEWEST_DAYS - 2)];
  if (quantile === undefined) throw new RangeError(`no quantile for ${freedom} degrees of freedom`);
  return quantile;
};

const FLOATING_WINDOW_DAYS = 7;

/**
 * The series of a seat history, the oldest first: users with a seat in the trailing 30 days, or for floating seats the most held
 * in the trailing 7 days. Days without a full window are left out.
 */
export const forecastPoints = (mode: SeatSettings["mode"], history: ReadonlyMap<string, SeatDay>): ForecastPoint[] =>
  [...history.keys()].sort().flatMap((day) => {
    const users = mode === "period" ? history.get(day)?.decided.trailingUsers : mostHeldUntil(day, history);
    return users === undefined ? [] : [{ day, users }];
  });

const mostHeldUntil = (last: string, history: ReadonlyMap<string, SeatDay>): number | undefined => {
  let most = 0;
  let day = last;
  for (let back = 0; back < FLOATING_WINDOW_DAYS; back += 1) {
    const held = history.get(day)?.decided.held;
    if (held === undefined) return undefined;
    most = Math.max(most, held);
    day = dayBefore(day);
  }
  return most;
};
