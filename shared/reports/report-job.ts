import type { Fault } from "../contract/problems.ts";
import type { ReportSchedule } from "../contract/settings.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { readReportEvent } from "./report-event.ts";
import { lastFinalPeriod } from "./report-period.ts";
import { makeScheduledReport, type ScheduledReportDeps, type ScheduledReportOutcome } from "./scheduled-report.ts";

export type ReportJobDeps = ScheduledReportDeps & {
  /** Undefined: no report is scheduled. */
  schedule: ReportSchedule | undefined;
  timeZone: string;
};

export type ReportJobOutcome =
  | (ScheduledReportOutcome & { from: string; to: string })
  | { outcome: "nothing is scheduled" }
  | { outcome: "refused"; errors: Fault[] };

/** One run of the report job, for the period that its event names, or else the last one that is due. */
export const runReportJob = async (deps: ReportJobDeps, event: unknown, now: EpochMs): Promise<ReportJobOutcome> => {
  const { schedule, timeZone, lostAfterMs } = deps;
  const reading = readReportEvent(event, timeZone, now);
  if (!reading.ok) return { outcome: "refused", errors: reading.faults };
  const { again } = reading.request;
  const due = () => schedule && lastFinalPeriod(schedule, timeZone, lostAfterMs, now);
  const period = reading.request.period ?? due();
  if (period === undefined) return { outcome: "nothing is scheduled" };
  const done = await makeScheduledReport(deps, { period, again }, now);
  return { ...done, from: formatTime(period.from), to: formatTime(period.to) };
};
