import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../../shared/contract/functions.ts";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { HandlerFunction } from "../constructs/handler-function.ts";
import { pascalCase } from "../pascal-case.ts";

/** Those that operators call all day: what goes wrong with the others, the API's 5xx or a dead-letter queue tells. */
export const OPERATOR_FACING = ["license", "heartbeat", "sessions"] as const satisfies readonly FunctionName[];

type Handlers = Readonly<Record<FunctionName, HandlerFunction>>;

export const addFunctionAlarms = (alarms: Alarms, { alarms: limits }: DeployConfig, handlers: Handlers): void => {
  const counted = {
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missing: TreatMissingData.NOT_BREACHING,
  };
  const fiveMinutes = { period: Duration.minutes(5) };
  for (const name of OPERATOR_FACING) {
    const { lambda } = handlers[name];
    alarms.add(`${pascalCase(name)}Errors`, {
      ...counted,
      metric: lambda.metricErrors({ ...fiveMinutes, statistic: "Sum" }),
      threshold: 1,
      means: `The function ${name} ended without an answer: it crashed, ran out of time or memory, or did not start.`,
      first: "see its log around that time (platform.report tells status and memory); after an upgrade, go back.",
    });
    alarms.add(`${pascalCase(name)}Throttles`, {
      ...counted,
      metric: lambda.metricThrottles({ ...fiveMinutes, statistic: "Sum" }),
      threshold: 1,
      means: `Lambda refused to run the function ${name}: the account's concurrency in this region is used up.`,
      first: "see in Lambda's account metrics what uses it, and ask for a higher quota in Service Quotas.",
    });
    alarms.add(`${pascalCase(name)}Slow`, {
      ...counted,
      metric: lambda.metricDuration({ ...fiveMinutes, statistic: "p99" }),
      threshold: limits.latencyMs,
      periods: 3,
      means: `For 15 minutes, the slowest hundredth of the calls of ${name} has taken ${limits.latencyMs} ms or more.`,
      first: "compare latency_ms by route in the logs with the table's latency and throttles on the dashboard.",
    });
  }
  for (const name of JOBS) addRunAlarm(alarms, handlers, name);
};

// A report's run comes monthly, and CloudWatch looks back a week at most: that it is missing, the watch finds out.
const addRunAlarm = (alarms: Alarms, handlers: Handlers, name: FunctionName): void => {
  const { schedule }: FunctionSpec = FUNCTIONS[name];
  if (schedule === undefined || schedule.deployedBy !== undefined) return;
  const period = Duration.minutes(schedule.everyMinutes);
  alarms.add(`${pascalCase(name)}NotRun`, {
    metric: handlers[name].lambda.metricInvocations({ period, statistic: "Sum" }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    periods: 3,
    // Lambda tells nothing of what it does not run.
    missing: TreatMissingData.BREACHING,
    means: `The job ${name} has not run for three of its turns: what it finds out or cleans up stands still.`,
    first:
      "see that its schedule in EventBridge Scheduler is enabled, and its dead-letter queue. Just after a first deployment, wait for the first run.",
  });
};
