import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

const SECONDS_A_DAY = 86_400;
const PUT = "license-server license put license.pem, or put-secret-value on the secret in LicenseSecretArn";

/** How the license stands: each function that reads it says so, the hourly watch at least. */
export const addLicenseAlarms = (alarms: Alarms, { stackPrefix, alarms: limits }: DeployConfig): void => {
  const endsWithin = (days: number) => ({
    metric: ownMetric(stackPrefix, "LicenseSecondsLeft", "Minimum", Duration.hours(1)),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: days * SECONDS_A_DAY,
    // A period in which nobody read the license says nothing of it.
    missing: TreatMissingData.IGNORE,
  });
  alarms.add("LicenseExpiring", {
    ...endsWithin(limits.licenseDays),
    means: `The license ends in less than ${limits.licenseDays} days.`,
    first: `renew it with the vendor, then put the new file in: ${PUT}.`,
  });
  alarms.add("LicenseUrgent", {
    ...endsWithin(limits.licenseUrgentDays),
    means: `The license ends in less than ${limits.licenseUrgentDays} days; from then on every new session is refused.`,
    first: `put the renewed license in today: ${PUT}.`,
  });
  alarms.add("LicenseInvalid", {
    metric: ownMetric(stackPrefix, "LicenseValid", "Minimum"),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    missing: TreatMissingData.IGNORE,
    means: "The license is missing, invalid, expired or not valid yet: new sessions are refused, running ones run on.",
    first: `see why in the logs (message like "license"), then put a good one in: ${PUT}.`,
  });
  alarms.add("LicenseFallback", {
    metric: ownMetric(stackPrefix, "LicenseFallback", "Maximum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    missing: TreatMissingData.IGNORE,
    means: "The license that was put in last is not usable, and the one before it is served until its end.",
    first: `see the reason in the logs ("license invalid, serving the previous one"), then put a good one in: ${PUT}.`,
  });
};
