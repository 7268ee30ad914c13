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

const counted = {
  comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  missing: TreatMissingData.NOT_BREACHING,
};

/**
 * Adds the alarms for requests to one front: that fail, or are too many. `prefix` begins their names. They count events, so a
 * period without data is a good one. A function that crashes, or that Lambda refuses to run, is a 5xx of the API.
 */
export const addFrontAlarms = (
  alarms: Alarms,
  { alarms: limits, throttle }: DeployConfig,
  { front: { api }, prefix = "" }: { front: Front; prefix?: string },
): void => {
  const named = prefix === "" ? "API" : `${prefix.toLowerCase()} API`;
  alarms.add(`${prefix}ServerErrors`, {
    ...counted,
    metric: api.metricServerError({ statistic: "Sum", period: PERIOD }),
    threshold: limits.serverErrors,
    means: `At least ${limits.serverErrors} requests in five minutes were answered with a 5xx, those of API Gateway included.`,
    first: `Find the requests in the access log of the ${named} (status, integrationError), then in the logs of the functions.`,
    runbook: "requests-fail",
  });
  const flood = limits.requests ?? Math.ceil((throttle.rate * PERIOD.toSeconds()) / 2);
  alarms.add(`${prefix}RequestFlood`, {
    ...counted,
    metric: api.metricCount({ statistic: "Sum", period: PERIOD }),
    threshold: flood,
    means: `The ${named} got at least ${flood} requests in five minutes. Each costs money, also one that is refused.`,
    first: `Find who sends them: ip and route in the access log of the ${named}. Block a stranger. Lower throttle.rate if operators need less.`,
    runbook: "request-flood",
  });
};

/** Adds the alarms for requests to all fronts: that are slow, or have no right. They count events, too. */
export const addRequestAlarms = (
  alarms: Alarms,
  { stackPrefix, alarms: limits }: DeployConfig,
  token: HandlerFunction,
): void => {
  alarms.add("RequestsSlow", {
    ...counted,
    metric: ownMetric(stackPrefix, "SlowRequests", "Sum", Duration.minutes(15)),
    threshold: SLOW_REQUESTS,
    means: `At least ${SLOW_REQUESTS} requests of operators in 15 minutes took ${limits.latencyMs} ms or more.`,
    first: "Compare latency_ms by route in the logs with the throttles of the table.",
    runbook: "requests-slow",
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
