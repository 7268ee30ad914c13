import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerTable } from "../constructs/server-table.ts";

/** Retries of the SDK handle fewer than this in five minutes. */
const THROTTLES = 10;

/**
 * Adds the alarms for writes that DynamoDB throttles, which it counts apart for the table and its index. There are none for
 * reads and for its system errors: if retries do not help, they are a 5xx of the API, or a job that fails.
 */
export const addTableAlarms = (alarms: Alarms, table: ServerTable): void => {
  const sum = { period: Duration.minutes(5), statistic: "Sum" };
  const throttled = {
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: THROTTLES,
    missing: TreatMissingData.NOT_BREACHING,
    first:
      "Check in CloudWatch whether it ends within minutes: an on-demand table grows automatically. If it does not, check the quotas of DynamoDB.",
    runbook: "throttled",
  };
  alarms.add("TableWritesThrottled", {
    ...throttled,
    metric: table.metric("WriteThrottleEvents", sum),
    means:
      "DynamoDB refused writes: the load more than doubled at once, one partition is too hot, or a quota of the account is reached.",
  });
  alarms.add("IndexWritesThrottled", {
    ...throttled,
    metric: table.indexMetric("WriteThrottleEvents", sum),
    means:
      "DynamoDB refused writes because of the table's index. The index keeps all live sessions together, and all sessions that ended on the same day, so one partition can be too hot.",
  });
};
