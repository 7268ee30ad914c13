import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

const FREE = "license-server seat ls, and license-server seat release for those nobody needs; or buy more";

/** Demand for seats. None of the first two goes off with an unlimited license. */
export const addSeatAlarms = (alarms: Alarms, { stackPrefix, alarms: limits }: DeployConfig): void => {
  const usedFrom = (percent: number) => ({
    metric: ownMetric(stackPrefix, "SeatsUsedPercent", "Maximum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: percent,
    // Seats are told of at a claim and hourly: in between they are as they were.
    missing: TreatMissingData.IGNORE,
  });
  alarms.add("SeatsNearlyUsed", {
    ...usedFrom(limits.seatsPercent),
    means: `Of the seats of this billing period, ${limits.seatsPercent} % are claimed.`,
    first: `see who holds one: ${FREE}.`,
  });
  alarms.add("SeatsUsedUp", {
    ...usedFrom(100),
    means: "All seats are claimed: who holds none is refused or, where the policy allows it, counted as overage.",
    first: `free seats: ${FREE}.`,
  });
  alarms.add("SeatDenials", {
    metric: ownMetric(stackPrefix, "SeatDenials", "Sum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: limits.denials,
    missing: TreatMissingData.NOT_BREACHING,
    means: "Sessions were refused for want of a seat.",
    first: `see who met it in GET /api/v1/reports/denials, then free seats: ${FREE}.`,
  });
};
