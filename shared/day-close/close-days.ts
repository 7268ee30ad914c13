import type { SessionKind } from "../contract/requests.ts";
import { dayOf, type EpochMs, HOUR_MS, startOf } from "../contract/time.ts";
import type { Moment } from "../sessions/deps.ts";
import { noteMissedActivity } from "../sessions/seats-seen.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import {
  dayBefore,
  daysBetween,
  endOf,
  firstClosable,
  LONGEST_PREVIEW_MS,
  lastClosable,
  SETTLED_MS,
} from "../usage/closing.ts";
import { peakOf } from "../usage/concurrency.ts";
import { type DayStats, readMonthStats, statsWrite } from "../usage/day-stats.ts";
import type { ActiveUsers } from "../usage/day-sums.ts";
import { type FixedDay, moveFirstDays } from "../usage/first-days.ts";
import { clearMark, listDirtyDays, readMarks } from "../usage/marks.ts";
import { runPeaksWrite } from "../usage/run-peaks.ts";
import { countSeatEvents } from "../usage/seat-events.ts";
import { closeSeatDays, openSeatHistory } from "./close-seat-days.ts";
import { type EndedOnDay, readEndedOn, readLiveSpans, type SessionSpan } from "./day-sessions.ts";
import { daysToClose, markMissedBy } from "./days-to-close.ts";
import { sessionUsers, type UsedDays, writeUsedDays } from "./used-days.ts";

export type CloseDeps = {
  table: Table;
  pace: Pace;
  log: Logger;
  retentionDays: number;
  /** The configured day of the month on which billing periods begin. */
  anchorDay: number | undefined;
};

export type Closed = {
  /** Days whose figures were written. */
  closed: number;
  /**
   * Days left to the next run: not reached before the deadline, still changing, or with sessions that the index does
   * not show yet.
   */
  left: number;
};

/**
 * Writes the statistics of past days, and again those of days that late events touched. It goes from the newest day to
 * the oldest: a session that ended on one day may have run on earlier ones. So each day's sessions are read once per
 * run.
 *
 * A day keeps its mark until everything of it is written, and longer if the mark is too young for this run to have seen
 * its cause. So a run may be killed anywhere, repeated, and run twice at once. The run that began later prevails.
 */
export const closeDays = async (deps: CloseDeps, moment: Moment): Promise<Closed> => {
  const { table } = deps;
  const seats = await openSeatHistory(deps, moment.now);
  await closeSeatDays(deps, seats, moment);
  // Live sessions are read before ended ones. A session that ends in between then shows twice, not never.
  const live = await readLiveSpans(table, moment, deps.pace.now);
  if (live === undefined) {
    deps.log.warn("day not closed yet: the live sessions could not be read in time");
    return { closed: 0, left: (await listDirtyDays(table)).length };
  }
  const { days, tooOld } = await daysToClose(table, live.spans, moment.now, deps.retentionDays);
  for (const [day, dirtyAt] of await readMarks(table, tooOld)) await clearMark(table, day, dirtyAt);
  const [oldest] = days;
  if (oldest === undefined) return { closed: 0, left: 0 };
  const run: Run = {
    ...deps,
    moment,
    used: { table, history: seats, users: sessionUsers(table, live.spans), done: new Set(), now: moment.now },
    wanted: days,
    sawAllUntil: live.complete ? moment.now - SETTLED_MS : Number.NEGATIVE_INFINITY,
    running: new Map(live.spans.map((span) => [span.sessionId, span])),
    doubtedFrom: Number.POSITIVE_INFINITY,
  };
  const tally = { closed: 0, left: days.length };
  // A clock that is ahead may have ended a session some minutes from now, on a day that has not begun.
  const through = daysBetween(oldest, dayOf(moment.now + HOUR_MS)).reverse();
  for (const [month, ofMonth] of Map.groupBy(through, (day) => day.slice(0, 7))) {
    if (deps.pace.now() >= moment.deadline) break;
    const fixed = await closeDaysOf(run, month, ofMonth);
    tally.closed += fixed.length;
    tally.left -= await settle(run, fixed);
  }
  return tally;
};

type Run = CloseDeps & {
  moment: Moment;
  used: UsedDays;
  /** The days to close, the oldest first. */
  wanted: readonly string[];
  /** This run has certainly seen every change before this moment. */
  sawAllUntil: EpochMs;
  /** The sessions that ran at the end of the current day and ended later, or have not ended yet. */
  running: Map<string, SessionSpan>;
  /** The earliest start of a session that the index may not show yet. No day since then can be closed. */
  doubtedFrom: EpochMs;
};

type MarkedDay = FixedDay & { dirtyAt: string };

// The days of one month, the newest first. Those written here are done only after `settle`.
const closeDaysOf = async (run: Run, month: string, days: readonly string[]): Promise<MarkedDay[]> => {
  const { table, moment, wanted } = run;
  const marks = await readMarks(table, days);
  // Read after the marks: the numbers of a day without a mark are final.
  const stats = await readMonthStats(table, month, { consistent: true });
  const fixed: MarkedDay[] = [];
  for (const day of days) {
    if (run.pace.now() >= moment.deadline) break;
    const dirtyAt = marks.get(day);
    const olderWanted = wanted.findLast((other) => other < day);
    if (dirtyAt !== undefined && wanted.includes(day)) {
      const users = await closeDay(run, day);
      if (users !== undefined) fixed.push({ day, users, dirtyAt });
    } else if (olderWanted !== undefined) {
      const known = dirtyAt === undefined ? stats.get(day) : undefined;
      if (mayReachBack(day, known, olderWanted)) lookBack(run, day, await readEndedOn(table, day));
    }
    for (const [id, { from }] of run.running) if (from >= startOf(day)) run.running.delete(id);
  }
  return fixed;
};

// Whether a session that ended on a day can have run on an earlier one. A day without statistics is too young to have
// any, is waiting, or nothing ended on it. None of its sessions lasted longer than a session can.
const mayReachBack = (day: string, stats: DayStats | undefined, earlier: string): boolean =>
  stats === undefined
    ? startOf(day) <= endOf(earlier) + LONGEST_PREVIEW_MS
    : (stats.earliestStart ?? Number.POSITIVE_INFINITY) < endOf(earlier);

// For a past day the index must show exactly what is counted. Today continues: the index must show at least what was
// counted before.
const lookBack = (run: Run, day: string, ended: EndedOnDay): boolean => {
  const isShown = day <= lastClosable(run.moment.now) ? ended.complete : ended.caughtUp;
  if (!isShown) run.doubtedFrom = Math.min(run.doubtedFrom, ended.earliestStart);
  for (const span of ended.spans) run.running.set(span.sessionId, span);
  return isShown;
};

/** Writes the figures of one day and returns its users; undefined if the day has to wait. */
const closeDay = async (run: Run, day: string): Promise<ActiveUsers | undefined> => {
  const { table, log, moment } = run;
  const ended = await readEndedOn(table, day);
  if (!lookBack(run, day, ended) || endOf(day) > run.doubtedFrom) {
    log.warn("day not closed yet: the index does not show what is counted", { day });
    return undefined;
  }
  // The requests that reported them have marked these days, unless they ran in a release without marks.
  await markMissedBy(table, ended.reportedLate, firstClosable(moment.now, run.retentionDays), dayBefore(day));
  const within = { from: startOf(day), to: endOf(day) };
  const spans = [...run.running.values()];
  const peakOfKind = (kind: SessionKind) =>
    peakOf(
      spans.filter((span) => span.kind === kind),
      within,
    );
  const { users, earliestStart, ...sums } = ended.sums;
  const stats: DayStats = {
    ...sums,
    activeUsers: { machine: users.machine.size, kubernetes: users.kubernetes.size },
    peak: peakOfKind("user"),
    ciPeak: peakOfKind("ci"),
    previewPeak: peakOfKind("preview"),
    ...(await countSeatEvents(table, day)),
    earliestStart: Number.isFinite(earliestStart) ? earliestStart : null,
    asOf: moment.now,
  };
  const runs = Map.groupBy(
    spans.filter(({ run: name }) => name !== undefined),
    ({ run: name = "" }) => name,
  );
  // Before the day's figures: once they are written, the day is closed.
  if (runs.size > 0) {
    const peaks = new Map([...runs].map(([name, ofRun]) => [name, peakOf(ofRun, within)]));
    await table.write(runPeaksWrite(day, peaks, moment.now));
  }
  await writeUsedDays(run.used, day);
  await noteMissedActivity(table, ended.seen.values(), moment.now);
  const { outcome } = await table.write(statsWrite(day, stats));
  return outcome === "written" ? users : undefined;
};

/** Updates users after days were written, and deletes the marks that are old enough. Returns how many were deleted. */
const settle = async (run: Run, fixed: readonly MarkedDay[]): Promise<number> => {
  const { table, moment, sawAllUntil } = run;
  if (fixed.length === 0) return 0;
  const moved = new Set(await moveFirstDays(run, fixed, moment.now));
  const settled = fixed.filter(({ day, dirtyAt }) => moved.has(day) && Date.parse(dirtyAt) <= sawAllUntil);
  for (const { day, dirtyAt } of settled) await clearMark(table, day, dirtyAt);
  return settled.length;
};
