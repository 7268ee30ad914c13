import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { FUNCTIONS } from "../../shared/contract/functions.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { HandlerFunction } from "../constructs/handler-function.ts";

/** Adds the alarm for a watch that does not run. The watch itself reports the other jobs. */
export const addJobAlarms = (alarms: Alarms, watch: HandlerFunction): void =>
  alarms.add("WatchNotRun", {
    metric: watch.lambda.metricInvocations({
      period: Duration.minutes(FUNCTIONS.watch.schedule.everyMinutes),
      statistic: "Sum",
    }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    periods: 3,
    // Lambda sends no data while it runs nothing.
    missing: TreatMissingData.BREACHING,
    means:
      "The job watch has not run for three of its intervals. Nobody is notified of the license, seats, operators and jobs until it runs again.",
    first:
      "Check that its schedule in EventBridge Scheduler is enabled, and read the dead-letter queue. After a first deployment, wait for the first run.",
    runbook: "job-not-run",
  });
