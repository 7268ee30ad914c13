import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerTable } from "../constructs/server-table.ts";

/** Below this many in five minutes the SDK's retries see to it. */
const THROTTLES = 10;

/**
 * Throttling by DynamoDB, of the table and of its index, which it counts apart. Its system errors it counts by operation only,
 * eight alarms' worth; those that retries do not help against end as a 503, of which there is an alarm.
 */
export const addTableAlarms = (alarms: Alarms, table: ServerTable): void => {
  const sum = { period: Duration.minutes(5), statistic: "Sum" };
  for (const [verb, metric] of [
    ["Reads", "ReadThrottleEvents"],
    ["Writes", "WriteThrottleEvents"],
  ] as const) {
    const what = verb.toLowerCase();
    const throttled = {
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: THROTTLES,
      missing: TreatMissingData.NOT_BREACHING,
      first:
        "see on the dashboard whether it passes by itself within minutes, as it does on demand; else look at the table's limits.",
    };
    alarms.add(`Table${verb}Throttled`, {
      ...throttled,
      metric: table.metric(metric, sum),
      means: `DynamoDB refused ${what}: the demand has more than doubled at once, one partition is too hot, or an account limit is reached.`,
    });
    alarms.add(`Index${verb}Throttled`, {
      ...throttled,
      metric: table.indexMetric(metric, sum),
      means: `DynamoDB refused ${what} for want of room in the table's index, where the sessions that are live, and those that ended on a day, lie together.`,
    });
  }
};
