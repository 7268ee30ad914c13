import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { EventsPipe } from "../constructs/events-pipe.ts";

/**
 * Adds the alarm for a pipe that carries no events. The dead-letter queue alone would be too late: it gets what the pipe has
 * tried for hours. It gets nothing once AWS has stopped a pipe that always fails (EventBridge user guide, "Pipes error handling").
 */
export const addPipeAlarms = (alarms: Alarms, pipe: EventsPipe): void =>
  alarms.add("EventsPipeFailing", {
    metric: pipe.metricFailures({ period: Duration.minutes(15), statistic: "Sum" }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 3,
    missing: TreatMissingData.NOT_BREACHING,
    means:
      "EventsPipe: the pipe failed three times within 15 minutes. Events and the reports to Jira wait, for a day at most.",
    first:
      "Read the errors in the log of the function events. If it has none, check that the bus exists. After the fix, check that the pipe is RUNNING (aws pipes list-pipes), and start it if AWS has stopped it.",
    runbook: "events-pipe",
  });
