import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import { ownMetric } from "../own-metric.ts";

const SECONDS_A_DAY = 86_400;
const PUT = "license-server license put license.pem";

/** Adds the alarms for the state of the license. Each function that reads the license reports it, the watch once an hour. */
export const addLicenseAlarms = (alarms: Alarms, { stackPrefix, alarms: limits }: DeployConfig): void => {
  const endsWithin = (days: number) => ({
    metric: ownMetric(stackPrefix, "LicenseSecondsLeft", "Minimum", Duration.hours(1)),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: days * SECONDS_A_DAY,
    // A period in which no function read the license says nothing about it.
    missing: TreatMissingData.IGNORE,
  });
  alarms.add("LicenseExpiring", {
    ...endsWithin(limits.licenseDays),
    means: `The license expires in less than ${limits.licenseDays} days.`,
    first: `Renew it with the vendor, then put the new file: ${PUT}.`,
    runbook: "renew-license",
  });
  alarms.add("LicenseUrgent", {
    ...endsWithin(limits.licenseUrgentDays),
    means: `The license expires in less than ${limits.licenseUrgentDays} days. After that, every new session is refused.`,
    first: `Put the renewed license today: ${PUT}.`,
    runbook: "renew-license",
  });
  alarms.add("LicenseInvalid", {
    metric: ownMetric(stackPrefix, "LicenseValid", "Minimum"),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    missing: TreatMissingData.IGNORE,
    means:
      "The license is missing, invalid, expired or not yet valid. New sessions are refused; running sessions continue.",
    first: `Find the reason in the logs (messages that begin with "license"), then put a valid license: ${PUT}.`,
    runbook: "license-invalid",
  });
  alarms.add("LicenseFallback", {
    metric: ownMetric(stackPrefix, "LicenseFallback", "Maximum"),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    missing: TreatMissingData.IGNORE,
    means: "The license that was put last cannot be used. The license before it is served until it expires.",
    first: `Find the reason in the logs ("license invalid, serving the previous one"), then put a valid license: ${PUT}.`,
    runbook: "license-invalid",
  });
};
