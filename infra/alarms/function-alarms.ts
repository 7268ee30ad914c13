import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../../shared/contract/functions.ts";
import type { DeployConfig } from "../config.ts";
import type { Alarms } from "../constructs/alarms.ts";
import type { HandlerFunction } from "../constructs/handler-function.ts";
import { pascalCase } from "../pascal-case.ts";

/** The functions that operators call all day. Faults of the others show in the API's 5xx count or in a dead-letter queue. */
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
      first:
        "Read its log around that time (platform.report shows status and memory). If it began with an upgrade, roll back.",
      runbook: "function-errors",
    });
    alarms.add(`${pascalCase(name)}Throttles`, {
      ...counted,
      metric: lambda.metricThrottles({ ...fiveMinutes, statistic: "Sum" }),
      threshold: 1,
      means: `Lambda refused to run the function ${name}: the concurrency of the account in this region is used up.`,
      first:
        "Find in the account metrics of Lambda what uses the concurrency, and ask for a higher quota in Service Quotas.",
      runbook: "throttled",
    });
    alarms.add(`${pascalCase(name)}Slow`, {
      ...counted,
      metric: lambda.metricDuration({ ...fiveMinutes, statistic: "p99" }),
      threshold: limits.latencyMs,
      periods: 3,
      means: `For 15 minutes, the slowest 1 % of the calls of ${name} took ${limits.latencyMs} ms or more (p99).`,
      first: "Compare latency_ms by route in the logs with the throttles of the table on the dashboard.",
      runbook: "requests-slow",
    });
  }
  for (const name of JOBS) addRunAlarm(alarms, handlers, name);
};

// Not for the report: it runs monthly, and CloudWatch looks back a week at most. The watch finds a missing report instead.
const addRunAlarm = (alarms: Alarms, handlers: Handlers, name: FunctionName): void => {
  const { schedule }: FunctionSpec = FUNCTIONS[name];
  if (schedule === undefined || schedule.deployedBy !== undefined) return;
  const period = Duration.minutes(schedule.everyMinutes);
  alarms.add(`${pascalCase(name)}NotRun`, {
    metric: handlers[name].lambda.metricInvocations({ period, statistic: "Sum" }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    periods: 3,
    // Lambda sends no data while it runs nothing.
    missing: TreatMissingData.BREACHING,
    means: `The job ${name} has not run for three of its intervals. Its work waits until it runs again.`,
    first:
      "Check that its schedule in EventBridge Scheduler is enabled, and read its dead-letter queue. After a first deployment, wait for the first run.",
    runbook: "job-not-run",
  });
};
