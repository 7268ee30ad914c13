import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

/** Closing a day takes minutes: after this long it is late. */
const DAY_LATE_SECONDS = 6 * 3_600;

/** Adds the alarms for what the hourly jobs find: operators, reports, days. Other alarms watch that the jobs run at all. */
export const addOperationAlarms = (alarms: Alarms, { stackPrefix, reports }: DeployConfig): void => {
  const hourly = { missing: TreatMissingData.IGNORE };
  alarms.add("OperatorsStale", {
    ...hourly,
    metric: ownMetric(stackPrefix, "OperatorsStale", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    means: "An operator has missed three heartbeats, and no other operator of its cluster is active.",
    first:
      "Find it with license-server operator ls. Check that it runs and can reach this server. An operator that was removed for good needs nothing: it is forgotten automatically.",
    runbook: "operators-stale",
  });
  alarms.add("DayCloseLate", {
    ...hourly,
    metric: ownMetric(stackPrefix, "DayCloseLagSeconds", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: DAY_LATE_SECONDS,
    means: "A day has been waiting for more than six hours to be closed. Trends and peaks since then are not final.",
    first: 'Look for "day not closed yet" and for errors in the log of the function dayClose.',
    runbook: "day-close-late",
  });
  if (reports.schedule === "off") return;
  alarms.add("ReportMissed", {
    ...hourly,
    metric: ownMetric(stackPrefix, "ReportOverdueSeconds", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: 0,
    means: "The usage report of the last period is missing, more than a day after it was due.",
    first: "Read the log and the dead-letter queue of the function reportJob, then invoke the function with {}.",
    runbook: "report-missed",
  });
};
