import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerTable } from "../constructs/server-table.ts";

/** Retries of the SDK handle fewer than this in five minutes. */
const THROTTLES = 10;

/**
 * Adds the alarms for throttling by DynamoDB, which counts the table and its index apart. There is none for its system errors:
 * it counts those by operation, which would take eight alarms. If retries do not help, they end as a 503, which has an alarm.
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
        "Check on the dashboard whether it ends within minutes: an on-demand table grows automatically. If it does not, check the quotas of DynamoDB.",
      runbook: "throttled",
    };
    alarms.add(`Table${verb}Throttled`, {
      ...throttled,
      metric: table.metric(metric, sum),
      means: `DynamoDB refused ${what}: the load more than doubled at once, one partition is too hot, or a quota of the account is reached.`,
    });
    alarms.add(`Index${verb}Throttled`, {
      ...throttled,
      metric: table.indexMetric(metric, sum),
      means: `DynamoDB refused ${what} because of the table's index. The index keeps all live sessions together, and all sessions that ended on the same day, so one partition can be too hot.`,
    });
  }
};
