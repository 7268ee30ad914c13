import { Duration, TimeZone } from "aws-cdk-lib";
import { ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { FUNCTIONS, type FunctionSpec, type JobName } from "../shared/contract/functions.ts";
import type { DeployConfig } from "./config.ts";

/** When a job runs, and how long Scheduler tries to deliver its event. */
export type JobRuns = { schedule: ScheduleExpression; maxEventAge: Duration };

type RunConfig = Pick<DeployConfig, "reports" | "lease" | "seats">;

/** The runs of a job in a deployment; undefined if the configuration switches it off. */
export const jobRuns = (name: JobName, config: RunConfig): JobRuns | undefined => {
  const { everyMinutes, deployedBy }: NonNullable<FunctionSpec["schedule"]> = FUNCTIONS[name].schedule;
  if (deployedBy === "reports") return reportRuns(config);
  // In the plain mode there is nothing to free. It only notices that the mode was another one.
  const { mode, idleDays, reservations } = config.seats;
  const isPlain = mode === "period" && idleDays === undefined && reservations.length === 0;
  const isIdle = deployedBy === "seats" && isPlain;
  const interval = Duration.minutes(isIdle ? 60 : everyMinutes);
  // Tried until the next run is due, which then does the work.
  return { schedule: ScheduleExpression.rate(interval), maxEventAge: interval };
};

const reportRuns = ({ reports, lease }: Pick<DeployConfig, "reports" | "lease">): JobRuns | undefined => {
  if (reports.schedule === "off") return undefined;
  const day = daysUntilFinal(lease.lostAfterSeconds);
  const when = { minute: "0", hour: String(RUN_HOUR), timeZone: TimeZone.of(reports.timeZone) };
  const schedule =
    reports.schedule === "monthly"
      ? ScheduleExpression.cron({ ...when, day: String(1 + day) })
      : ScheduleExpression.cron({ ...when, weekDay: WEEK_DAYS[day % WEEK_DAYS.length] ?? "MON" });
  return { schedule, maxEventAge: Duration.days(1) };
};

const RUN_HOUR = 6;
const WEEK_DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
const SECONDS_AN_HOUR = 3_600;

/**
 * The day after a period's end, counted from 0, on which its report is final at the hour of the run. By then the operators
 * lost in the period are given up. It adds an hour for the hourly jobs that follow, and an hour for a change of the clocks.
 * The result is at most 14, so every month has that day.
 */
const daysUntilFinal = (lostAfterSeconds: number): number =>
  Math.max(0, Math.ceil((lostAfterSeconds / SECONDS_AN_HOUR + 2 - RUN_HOUR) / 24));
