import { DAY_MS, dayOf, type EpochMs, MINUTE_MS, startOf } from "../contract/time.ts";

/** The longest that a session lasts: longer ones end then. So no session counts as running more than so long after its start. */
export const LONGEST_SESSION_MS = 35 * DAY_MS;

/** A day is closed from this long after its end on: what was told of it in time is written by then. */
const CLOSES_AFTER_MS = 10 * MINUTE_MS;

/**
 * How old a change must be for whoever begins to read now to see it. It covers what may lie between the moment a change is
 * dated and the index showing it: the process that makes it skips marks for a minute and lives 29 s, the index lags.
 */
export const SETTLED_MS = 5 * MINUTE_MS;

/** The moment at which a day (`yyyy-mm-dd`) is over. */
export const endOf = (day: string): EpochMs => startOf(day) + DAY_MS;

export const dayAfter = (day: string): string => dayOf(endOf(day));

export const dayBefore = (day: string): string => dayOf(startOf(day) - DAY_MS);

/** The days from one to another, both contained, the oldest first; none where the last is before the first. */
export const daysBetween = (first: string, last: string): string[] => {
  const days: string[] = [];
  for (let day = first; day <= last; day = dayAfter(day)) days.push(day);
  return days;
};

/** The last day that may be closed now. */
export const lastClosable = (now: EpochMs): string => dayBefore(dayOf(now - CLOSES_AFTER_MS));

/**
 * The first day that may be closed now: retention has cleaned up nothing that ran on it, nor will it before the job that
 * looks now is done.
 */
export const firstClosable = (now: EpochMs, retentionDays: number): string =>
  dayOf(Math.max(0, now - (retentionDays - 2) * DAY_MS));

/** The last day that may have been closed by the time that a change of now is seen. */
export const lastMaybeClosed = (now: EpochMs): string => lastClosable(now + SETTLED_MS);
