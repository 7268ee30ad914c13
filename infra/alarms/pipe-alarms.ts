import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { EventsPipe } from "../constructs/events-pipe.ts";

/**
 * That events stand still. The dead-letter queue alone would tell too late: of what the pipe has tried for hours, and never
 * once AWS has switched it off, as it does where it always fails (EventBridge user guide, "Pipes error handling").
 */
export const addPipeAlarms = (alarms: Alarms, pipe: EventsPipe): void =>
  alarms.add("EventsPipeFailing", {
    metric: pipe.metricFailures({ period: Duration.minutes(15), statistic: "Sum" }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 3,
    missing: TreatMissingData.NOT_BREACHING,
    means:
      "EventsPipe: within 15 minutes the pipe has failed three times. Events and the reports to Jira wait behind what it fails at, for a day at most.",
    first:
      "see the errors in the log of the function events; where it has none, whether the bus is there. Once it is mended, see that the pipe's state is RUNNING (aws pipes list-pipes), and start it if AWS has stopped it.",
  });
