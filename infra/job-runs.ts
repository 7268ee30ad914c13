import { Duration, TimeZone } from "aws-cdk-lib";
import { ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { FUNCTIONS, type FunctionSpec, type JobName } from "../shared/contract/functions.ts";
import type { DeployConfig } from "./config.ts";

/** When a job runs by itself, and for how long it is tried to hand its event over. */
export type JobRuns = { schedule: ScheduleExpression; maxEventAge: Duration };

/** The runs of a job in a deployment; undefined where the configuration has it off. */
export const jobRuns = (name: JobName, config: Pick<DeployConfig, "reports" | "lease">): JobRuns | undefined => {
  const { everyMinutes, deployedBy }: NonNullable<FunctionSpec["schedule"]> = FUNCTIONS[name].schedule;
  if (deployedBy === "reports") return reportRuns(config);
  const interval = Duration.minutes(everyMinutes);
  // Tried until the next run is due: from then on that one does the work.
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
 * On which day after a period's end, 0 being the first, its report is final at the hour of the run: operators lost in it
 * have been given up, the hourly jobs have run after them (an hour), and the clocks may have been put forward (another).
 * At most 14, so it is a day of every month.
 */
const daysUntilFinal = (lostAfterSeconds: number): number =>
  Math.max(0, Math.ceil((lostAfterSeconds / SECONDS_AN_HOUR + 2 - RUN_HOUR) / 24));
