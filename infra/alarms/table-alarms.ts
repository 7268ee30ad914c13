import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerTable } from "../constructs/server-table.ts";

/** Below this many in five minutes the SDK's retries see to it. */
const THROTTLES = 10;

/**
 * Throttling by DynamoDB. Its system errors it counts by operation only, eight alarms' worth; those that retries do not
 * help against end as a 503, of which there is an alarm.
 */
export const addTableAlarms = (alarms: Alarms, table: ServerTable): void => {
  for (const [name, what] of [
    ["ReadThrottleEvents", "reads"],
    ["WriteThrottleEvents", "writes"],
  ] as const) {
    alarms.add(name === "ReadThrottleEvents" ? "TableReadsThrottled" : "TableWritesThrottled", {
      metric: table.metric(name, { period: Duration.minutes(5), statistic: "Sum" }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: THROTTLES,
      missing: TreatMissingData.NOT_BREACHING,
      means: `DynamoDB refused ${what}: the demand has more than doubled at once, one partition is too hot, or an account limit is reached.`,
      first:
        "see on the dashboard whether it passes by itself within minutes, as it does on demand; else look at the table's limits.",
    });
  }
};
