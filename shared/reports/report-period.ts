import { DateTime } from "luxon";
import type { ReportSchedule } from "../contract/settings.ts";
import { type EpochMs, HOUR_MS } from "../contract/time.ts";

/** A week or month of a time zone, `from <= t < to`. Both ends are also given as days of that zone, `yyyy-mm-dd`. */
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

/** Reads a month such as `2026-10` or an ISO 8601 week such as `2026-W41` as a period of a time zone. It must be over. */
export const readPeriod = (text: string, timeZone: string, now: EpochMs): PeriodReading => {
  const start = startOfNamed(text, timeZone);
  if (start === undefined) return { ok: false, message: "must be a month as 2026-10 or an ISO week as 2026-W41" };
  const unit = text.includes("W") ? UNITS.weekly : UNITS.monthly;
  const period = periodOf(start, start.plus({ [unit]: 1 }).startOf(unit));
  if (period.to > now) return { ok: false, message: "has not ended yet. Choose a period that is over" };
  return { ok: true, period };
};

// Luxon's weeks begin on Mondays, like ISO weeks.
const UNITS = { weekly: "week", monthly: "month" } as const satisfies Record<ReportSchedule, string>;

const startOfNamed = (text: string, zone: string): DateTime | undefined => {
  const [, year = "", month, week] = /^(\d{4})-(?:(\d{2})|W(\d{2}))$/.exec(text) ?? [];
  if (year === "") return undefined;
  const start =
    month === undefined
      ? DateTime.fromObject({ weekYear: Number(year), weekNumber: Number(week), weekday: 1 }, { zone }).startOf("week")
      : DateTime.fromObject({ year: Number(year), month: Number(month) }, { zone }).startOf("month");
  return start.isValid ? start : undefined;
};

const periodOf = (start: DateTime, end: DateTime): ReportPeriod => ({
  from: start.toMillis(),
  to: end.toMillis(),
  fromDay: start.toFormat("yyyy-MM-dd"),
  toDay: end.toFormat("yyyy-MM-dd"),
});
