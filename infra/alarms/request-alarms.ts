import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { ServerApi } from "../constructs/server-api.ts";
import { ownMetric } from "../own-metric.ts";

/** Requests that go wrong. All of them count events, so a period without any is a good one. */
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
    means: `At least ${limits.serverErrors} requests in five minutes were answered with a 5xx, the gateway's own included.`,
    first: "see which in the API's access log (status, integrationError), then the requests in the functions' logs.",
  });
  alarms.add("Unavailable", {
    ...counted,
    metric: ownMetric(stackPrefix, "Unavailable", "Sum"),
    threshold: limits.serverErrors,
    means: "Requests were answered 503: the table or the secrets could not be reached, whatever was retried.",
    first:
      'see the cause in the logs ("temporarily unavailable") and the AWS Health Dashboard; operators try again by themselves.',
  });
  alarms.add("Defects", {
    ...counted,
    metric: ownMetric(stackPrefix, "Defects", "Sum"),
    threshold: 1,
    means: "A request was answered 500: a defect of the server, or a right that a function lacks.",
    first: 'see the error with its stack in the logs ("request failed"); after an upgrade, consider going back.',
  });
  alarms.add("WrongCredentials", {
    ...counted,
    metric: ownMetric(stackPrefix, "WrongCredentials", "Sum"),
    threshold: limits.wrongCredentials,
    means:
      "Many requests carried a wrong license key or token: somebody guesses, or a rotated key did not reach an operator.",
    first: "see by source_ip in the logs where they come from; give a forgotten operator its key, block a stranger.",
  });
};
