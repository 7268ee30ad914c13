import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerApi } from "../constructs/server-api.ts";
import { ownMetric } from "../own-metric.ts";

/** Adds the alarms for requests that fail. They all count events, so a period without data is a good one. */
export const addRequestAlarms = (
  alarms: Alarms,
  { stackPrefix, alarms: limits }: DeployConfig,
  api: ServerApi,
): void => {
  const counted = {
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missing: TreatMissingData.NOT_BREACHING,
  };
  alarms.add("ServerErrors", {
    ...counted,
    metric: api.api.metricServerError({ statistic: "Sum", period: Duration.minutes(5) }),
    threshold: limits.serverErrors,
    means: `At least ${limits.serverErrors} requests in five minutes were answered with a 5xx, those of API Gateway included.`,
    first:
      "Find the requests in the access log of the API (status, integrationError), then in the logs of the functions.",
    runbook: "requests-fail",
  });
  alarms.add("Unavailable", {
    ...counted,
    metric: ownMetric(stackPrefix, "Unavailable", "Sum"),
    threshold: limits.serverErrors,
    means: `At least ${limits.serverErrors} requests in five minutes were answered 503: the table or the secrets could not be reached, even after retries.`,
    first:
      'Find the cause in the logs ("temporarily unavailable") and on the AWS Health Dashboard. Operators retry automatically.',
    runbook: "requests-fail",
  });
  alarms.add("Defects", {
    ...counted,
    metric: ownMetric(stackPrefix, "Defects", "Sum"),
    threshold: 1,
    means: "A request was answered 500: the server has a defect, or a function lacks a permission.",
    first:
      'Find the error with its stack in the logs ("request failed"). If it began with an upgrade, consider a rollback.',
    runbook: "requests-fail",
  });
  alarms.add("WrongCredentials", {
    ...counted,
    metric: ownMetric(stackPrefix, "WrongCredentials", "Sum"),
    threshold: limits.wrongCredentials,
    means:
      "Many requests carried a wrong license key or token: somebody is guessing, or a rotated key did not reach an operator.",
    first:
      "Find their source_ip in the logs. Give the new key to an operator that still has the old one, or block a stranger.",
    runbook: "wrong-credentials",
  });
};
