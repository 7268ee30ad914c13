import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

const FREE =
  "List the holders with license-server seat ls. Release the seats that nobody needs with license-server seat release, or buy more.";

/** Adds the alarms for the demand for seats. With an unlimited license the first two never go off. */
export const addSeatAlarms = (alarms: Alarms, { stackPrefix, alarms: limits }: DeployConfig): void => {
  const usedFrom = (percent: number) => ({
    metric: ownMetric(stackPrefix, "SeatsUsedPercent", "Maximum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: percent,
    // Seats are reported at each claim and once an hour. In between they do not change.
    missing: TreatMissingData.IGNORE,
  });
  alarms.add("SeatsNearlyUsed", {
    ...usedFrom(limits.seatsPercent),
    means: `At least ${limits.seatsPercent} % of the seats of this billing period are claimed.`,
    first: FREE,
    runbook: "no-free-seat",
  });
  alarms.add("SeatsUsedUp", {
    ...usedFrom(100),
    means: "All seats are claimed. A user without a seat is refused, or counts as overage where overage is allowed.",
    first: FREE,
    runbook: "no-free-seat",
  });
  alarms.add("SeatDenials", {
    metric: ownMetric(stackPrefix, "SeatDenials", "Sum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: limits.denials,
    missing: TreatMissingData.NOT_BREACHING,
    means: "Sessions were refused because no seat was free.",
    first: `See who was refused with license-server report denials. ${FREE}`,
    runbook: "no-free-seat",
  });
};
