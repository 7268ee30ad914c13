import { DateTime } from "luxon";
import type { ReportSchedule } from "../contract/settings.ts";
import { type EpochMs, HOUR_MS } from "../contract/time.ts";

/** A week, month, half-year or year of a time zone, `from <= t < to`. Both ends are also given as days of that zone, `yyyy-mm-dd`. */
export type ReportPeriod = { from: EpochMs; to: EpochMs; fromDay: string; toDay: string };

export type PeriodReading = { ok: true; period: ReportPeriod } | { ok: false; message: string };

/** Time for the hourly jobs to run, after the last moment at which a lost operator could change a period. */
const JOBS_MS = HOUR_MS;

/** When a period's report becomes final: its lost operators are given up by then, and its days are closed. */
export const finalFrom = (period: ReportPeriod, lostAfterMs: number): EpochMs => period.to + lostAfterMs + JOBS_MS;

/** The last period whose report is final: a week from Monday to Monday, or a month, in a time zone. */
export const lastFinalPeriod = (
  schedule: ReportSchedule,
  timeZone: string,
  lostAfterMs: number,
  now: EpochMs,
): ReportPeriod => {
  const unit = UNITS[schedule];
  // The period of this moment began when the one before it was final.
  const end = DateTime.fromMillis(now - lostAfterMs - JOBS_MS, { zone: timeZone }).startOf(unit);
  return periodOf(end.minus({ [unit]: 1 }).startOf(unit), end);
};

/**
 * Reads a month such as `2026-10`, an ISO 8601 week such as `2026-W41`, a half-year such as `2026-H1` or a year such as `2026`
 * as a period of a time zone. It must be over.
 */
export const readPeriod = (text: string, timeZone: string, now: EpochMs): PeriodReading => {
  const named = namedPeriod(text, timeZone);
  if (named?.start.isValid !== true)
    return {
      ok: false,
      message: "must be a month as 2026-10, an ISO week as 2026-W41, a half-year as 2026-H1 or a year",
    };
  const { start, lasts } = named;
  const period = periodOf(start, start.plus(lasts).startOf("weeks" in lasts ? "week" : "month"));
  if (period.to > now) return { ok: false, message: "has not ended yet. Choose a period that is over" };
  return { ok: true, period };
};

// Luxon's weeks begin on Mondays, like ISO weeks.
const UNITS = { weekly: "week", monthly: "month" } as const satisfies Record<ReportSchedule, string>;

type Named = { start: DateTime; lasts: { weeks: number } | { months: number } };

const namedPeriod = (text: string, zone: string): Named | undefined => {
  const [, name = "", month, week, half] = /^(\d{4})(?:-(?:(\d{2})|W(\d{2})|H([12])))?$/.exec(text) ?? [];
  const year = Number(name);
  if (name === "") return undefined;
  if (week !== undefined) {
    const weekNumber = Number(week);
    return {
      start: DateTime.fromObject({ weekYear: year, weekNumber, weekday: 1 }, { zone }).startOf("week"),
      lasts: { weeks: 1 },
    };
  }
  const first = half === "2" ? 7 : Number(month ?? 1);
  const months = half !== undefined ? 6 : month !== undefined ? 1 : 12;
  return { start: DateTime.fromObject({ year, month: first }, { zone }).startOf("month"), lasts: { months } };
};

const periodOf = (start: DateTime, end: DateTime): ReportPeriod => ({
  from: start.toMillis(),
  to: end.toMillis(),
  fromDay: start.toFormat("yyyy-MM-dd"),
  toDay: end.toFormat("yyyy-MM-dd"),
});
