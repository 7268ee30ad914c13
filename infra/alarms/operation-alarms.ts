import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

/** After this long a day that is over, which takes minutes, is late. */
const DAY_LATE_SECONDS = 6 * 3_600;

/** What the hourly jobs find out: operators, reports, days. That they run at all is another alarm's to tell. */
export const addOperationAlarms = (alarms: Alarms, { stackPrefix, reports }: DeployConfig): void => {
  const hourly = { missing: TreatMissingData.IGNORE };
  alarms.add("OperatorsStale", {
    ...hourly,
    metric: ownMetric(stackPrefix, "OperatorsStale", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    means: "An operator has missed three heartbeats, and no other of its cluster is active.",
    first:
      "find it in GET /api/v1/operators, see that it runs in its cluster and reaches this server; one taken down for good is forgotten by itself.",
  });
  alarms.add("DayCloseLate", {
    ...hourly,
    metric: ownMetric(stackPrefix, "DayCloseLagSeconds", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: DAY_LATE_SECONDS,
    means: "A day has waited for more than six hours to be closed: trends and peaks since then are not final.",
    first: 'look for "day not closed yet" and errors in the logs of the function dayClose.',
  });
  if (reports.schedule === "off") return;
  alarms.add("ReportMissed", {
    ...hourly,
    metric: ownMetric(stackPrefix, "ReportOverdueSeconds", "Maximum", Duration.hours(1)),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: 0,
    means: "The usage report of the last period has not been made, more than a day after it was due.",
    first: "see the logs and the dead-letter queue of the function reportJob, then invoke it with {}.",
  });
};
