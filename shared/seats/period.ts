import { daysInMonth, type EpochMs } from "../contract/time.ts";

/** A billing period: `from <= t < to`. */
export type BillingPeriod = { from: EpochMs; to: EpochMs };

/** No period is longer, so a book in use at a moment began at most this long before. */
export const LONGEST_PERIOD_DAYS = 31;

/**
 * The month-long period around a moment. It begins at 00:00 UTC on the anchor day (1-31); in a month without that day,
 * on the month's last.
 */
export const billingPeriod = (anchorDay: number, now: EpochMs): BillingPeriod => {
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const here = beginning(year, month, anchorDay);
  return now >= here
    ? { from: here, to: beginning(year, month + 1, anchorDay) }
    : { from: beginning(year, month - 1, anchorDay), to: here };
};

// Date.UTC moves months below 0 and above 11 to the neighbouring years.
const beginning = (year: number, monthIndex: number, anchorDay: number): EpochMs => {
  const first = new Date(Date.UTC(year, monthIndex, 1));
  const days = daysInMonth(first.getUTCFullYear(), first.getUTCMonth() + 1);
  return Date.UTC(year, monthIndex, Math.min(anchorDay, days));
};
