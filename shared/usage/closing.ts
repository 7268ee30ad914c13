import type { SessionKind } from "../contract/requests.ts";
import { DAY_MS, dayOf, type EpochMs, MINUTE_MS, startOf } from "../contract/time.ts";

/** The longest that a session of people or of CI lasts. */
const LONGEST_SESSION_MS = 35 * DAY_MS;
/** The longest that a preview lasts. */
export const LONGEST_PREVIEW_MS = 366 * DAY_MS;

/** The longest that a session lasts. A longer one ends then, so none counts as running longer after its start. */
export const longestMs = (kind: SessionKind): number => (kind === "preview" ? LONGEST_PREVIEW_MS : LONGEST_SESSION_MS);

/** A day may be closed this long after its end. Events that were reported in time are written by then. */
const CLOSES_AFTER_MS = 10 * MINUTE_MS;

/**
 * A change this old is visible to a reader that begins now. It covers the time between the date of a change and the
 * index showing it: the process that makes it skips marks for a minute and lives 29 s, and the index lags.
 */
export const SETTLED_MS = 5 * MINUTE_MS;

/** The moment at which a day (`yyyy-mm-dd`) is over. */
export const endOf = (day: string): EpochMs => startOf(day) + DAY_MS;

export const dayAfter = (day: string): string => dayOf(endOf(day));

export const dayBefore = (day: string): string => dayOf(startOf(day) - DAY_MS);

/** The days from one to another, both included, the oldest first; empty if the last is before the first. */
export const daysBetween = (first: string, last: string): string[] => {
  const days: string[] = [];
  for (let day = first; day <= last; day = dayAfter(day)) days.push(day);
  return days;
};

/** The last day that may be closed now. */
export const lastClosable = (now: EpochMs): string => dayBefore(dayOf(now - CLOSES_AFTER_MS));

/**
 * The first day that may be closed now: retention has deleted no session of it, and will not before this run of the job
 * is done.
 */
export const firstClosable = (now: EpochMs, retentionDays: number): string =>
  dayOf(Math.max(0, now - (retentionDays - 2) * DAY_MS));

/** The last day that may be closed by the time that a change of now is visible. */
export const lastMaybeClosed = (now: EpochMs): string => lastClosable(now + SETTLED_MS);
