import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { Front } from "../constructs/front.ts";
import type { HandlerFunction } from "../constructs/handler-function.ts";
import { ownMetric } from "../own-metric.ts";

const PERIOD = Duration.minutes(5);
/** So many slow requests in 15 minutes: one cold start or one large report is not enough. */
const SLOW_REQUESTS = 20;

/**
 * Adds the alarms for requests: that fail, are slow, are too many, or have no right. They all count events, so a period
 * without data is a good one. A function that crashes, or that Lambda refuses to run, is a 5xx of the API.
 */
export const addRequestAlarms = (
  alarms: Alarms,
  { stackPrefix, alarms: limits, throttle }: DeployConfig,
  { api, token }: { api: Front; token: HandlerFunction },
): void => {
  const counted = {
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missing: TreatMissingData.NOT_BREACHING,
  };
  alarms.add("ServerErrors", {
    ...counted,
    metric: api.api.metricServerError({ statistic: "Sum", period: PERIOD }),
    threshold: limits.serverErrors,
    means: `At least ${limits.serverErrors} requests in five minutes were answered with a 5xx, those of API Gateway included.`,
    first:
      "Find the requests in the access log of the API (status, integrationError), then in the logs of the functions.",
    runbook: "requests-fail",
  });
  alarms.add("RequestsSlow", {
    ...counted,
    metric: ownMetric(stackPrefix, "SlowRequests", "Sum", Duration.minutes(15)),
    threshold: SLOW_REQUESTS,
    means: `At least ${SLOW_REQUESTS} requests of operators in 15 minutes took ${limits.latencyMs} ms or more.`,
    first: "Compare latency_ms by route in the logs with the throttles of the table.",
    runbook: "requests-slow",
  });
  const flood = limits.requests ?? Math.ceil((throttle.rate * PERIOD.toSeconds()) / 2);
  alarms.add("RequestFlood", {
    ...counted,
    metric: api.api.metricCount({ statistic: "Sum", period: PERIOD }),
    threshold: flood,
    means: `The API got at least ${flood} requests in five minutes. Each costs money, also one that is refused.`,
    first:
      "Find who sends them: ip and route in the access log of the API. Block a stranger. Lower throttle.rate if operators need less.",
    runbook: "request-flood",
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
  alarms.add("TokenFunctionUsed", {
    ...counted,
    metric: token.lambda.metricInvocations({ statistic: "Sum", period: PERIOD }),
    threshold: limits.tokenCalls,
    means: "Somebody used the function that creates, lists and revokes access tokens. It grants every right.",
    first:
      "Check that it was one of you: license-server token ls, and the function's log. If not, revoke the new tokens and find out who may invoke the function.",
    runbook: "token-function-used",
  });
};
