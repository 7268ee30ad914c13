import { describe, expect, it } from "vitest";
import { parseConfig } from "../../infra/config.ts";
import { jobRuns } from "../../infra/job-runs.ts";
import { FUNCTIONS, type FunctionName, JOBS, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";
import { functionOf, type Resource, resourcesOf, synthesize } from "./synth.ts";

const { service } = synthesize();
/** The jobs that run as often as the contract says; the others run as the configuration says. */
const EVERY_SO_OFTEN = JOBS.filter((name) => !("deployedBy" in FUNCTIONS[name].schedule));
const SCHEDULES = resourcesOf(service, "AWS::Scheduler::Schedule").map(([, resource]) => resource);
const OTHERS = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => !JOBS.some((job) => job === name));

const arnOf = (id: string | undefined) => ({ "Fn::GetAtt": [id, "Arn"] });
const referenced = (value: unknown): string => (value as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"][0];

const targetOf = (schedule: Resource) =>
  schedule.Properties["Target"] as {
    Arn: unknown;
    RoleArn: unknown;
    Input: string;
    DeadLetterConfig: { Arn: unknown };
    RetryPolicy: { MaximumEventAgeInSeconds: number; MaximumRetryAttempts: number };
  };

const scheduleOf = (name: FunctionName): Resource | undefined => {
  const arn = JSON.stringify(arnOf(functionOf(service, name).id));
  return SCHEDULES.find((schedule) => JSON.stringify(targetOf(schedule).Arn) === arn);
};

const known = (schedule: Resource | undefined): Resource => {
  if (schedule === undefined) throw new Error("no such schedule");
  return schedule;
};

/** What a rate expression of EventBridge Scheduler says, in minutes. */
const minutesOf = (expression: unknown): number => {
  const [, count = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(String(expression)) ?? [];
  return Number(count) * ({ minute: 1, hour: 60, day: 1_440 }[unit] ?? Number.NaN);
};

describe("the schedules", () => {
  it("are one for each job, and none for a function that is called", () => {
    expect(JOBS.length).toBeGreaterThan(0);
    expect(SCHEDULES).toHaveLength(JOBS.length);
    for (const name of OTHERS) expect(scheduleOf(name), name).toBeUndefined();
  });

  it.each(EVERY_SO_OFTEN)("run %s as often as the contract says", (name) => {
    const { Properties } = known(scheduleOf(name));
    expect(minutesOf(Properties["ScheduleExpression"])).toBe(FUNCTIONS[name].schedule.everyMinutes);
    expect(Properties["State"]).toBe("ENABLED");
  });

  it.each([
    [{}, 60],
    [{ seats: { mode: "floating" } }, 5],
    [{ seats: { idleDays: 14 } }, 5],
    [{ seats: { reservations: [{ name: "web", seats: 1, users: ["w-*"] }] } }, 5],
  ])("run seatJob, with %j, every %i minutes", (settings, minutes) => {
    const template = synthesize(settings).service;
    const arn = JSON.stringify(arnOf(functionOf(template, "seatJob").id));
    const schedules = resourcesOf(template, "AWS::Scheduler::Schedule").map(([, resource]) => resource);
    const schedule = schedules.find((one) => JSON.stringify(targetOf(one).Arn) === arn);
    expect(minutesOf(schedule?.Properties["ScheduleExpression"])).toBe(minutes);
  });

  it.each(JOBS)("try to hand an event of %s over until the next one is due or a day is over, then keep it", (name) => {
    const { RetryPolicy, DeadLetterConfig } = targetOf(known(scheduleOf(name)));
    const everyMinutes = minutesOf(known(scheduleOf(name)).Properties["ScheduleExpression"]);
    const interval = Number.isNaN(everyMinutes) ? 86_400 : everyMinutes * 60;
    expect(RetryPolicy.MaximumEventAgeInSeconds).toBe(interval);
    expect(RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    expect(service.Resources[referenced(DeadLetterConfig.Arn)]?.Type).toBe("AWS::SQS::Queue");
  });

  it.each(JOBS)("hand %s an event of ours, for one of Scheduler's own would be refused", (name) => {
    expect(targetOf(known(scheduleOf(name))).Input).toBe("{}");
  });

  it.each(JOBS)("may invoke %s itself, no version of it, and put into its queue what was lost", (name) => {
    const { RoleArn, DeadLetterConfig } = targetOf(known(scheduleOf(name)));
    const roleId = referenced(RoleArn);
    const role = service.Resources[roleId]?.Properties ?? {};
    expect(role["Policies"]).toEqual([
      {
        PolicyName: expect.any(String),
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arnOf(functionOf(service, name).id) },
            { Effect: "Allow", Action: "sqs:SendMessage", Resource: DeadLetterConfig.Arn },
          ],
        },
      },
    ]);
    expect(role).not.toHaveProperty("ManagedPolicyArns");
    const attached = resourcesOf(service, "AWS::IAM::Policy").map(([, { Properties }]) => Properties["Roles"]);
    expect(JSON.stringify(attached)).not.toContain(roleId);
  });

  it.each(JOBS)("may run %s only where this account's schedules ask for it", (name) => {
    const { RoleArn } = targetOf(known(scheduleOf(name)));
    const trust = service.Resources[referenced(RoleArn)]?.Properties["AssumeRolePolicyDocument"];
    const { Statement } = trust as { Statement: { Principal: unknown; Condition: { StringEquals: unknown } }[] };
    expect(Statement).toHaveLength(1);
    expect(Statement[0]?.Principal).toEqual({ Service: "scheduler.amazonaws.com" });
    expect(Statement[0]?.Condition.StringEquals).toEqual({
      "aws:SourceAccount": { Ref: "AWS::AccountId" },
      "aws:SourceArn": { "Fn::Join": ["", expect.arrayContaining([":schedule-group/default"])] },
    });
  });
});

describe("the schedule of reports", () => {
  const reportSchedule = (settings: unknown): Record<string, unknown> | undefined => {
    const template = synthesize(settings).service;
    const arn = JSON.stringify(arnOf(functionOf(template, "reportJob").id));
    const schedules = resourcesOf(template, "AWS::Scheduler::Schedule").map(([, resource]) => resource);
    return schedules.find((schedule) => JSON.stringify(targetOf(schedule).Arn) === arn)?.Properties;
  };

  it("is monthly by default, at six on the day on which operators lost in the month have been given up", () => {
    expect(reportSchedule({})).toMatchObject({
      ScheduleExpression: "cron(0 6 3 * ? *)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
    });
  });

  // Lost after, and the days from the period's end to the run: it comes an hour after the hour of the jobs at the latest,
  // as clocks may be put forward in between.
  it.each([
    [4 * 3_600, 0],
    [4 * 3_600 + 1, 1],
    [48 * 3_600, 2],
    [14 * 86_400, 14],
  ])("waits for operators that are lost after %i s: %i days", (lostAfterSeconds, days) => {
    const lease = { seconds: 3_600, lostAfterSeconds };
    const weekDay = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"][days % 7];
    const expressionOf = (schedule: string) => {
      const parsed = parseConfig({ lease, reports: { schedule } });
      return parsed.ok ? jobRuns("reportJob", parsed.config)?.schedule.expressionString : parsed.problems;
    };
    expect(expressionOf("monthly")).toBe(`cron(0 6 ${days + 1} * ? *)`);
    expect(expressionOf("weekly")).toBe(`cron(0 6 ? * ${weekDay} *)`);
  });

  it("is weekly and in the configured time zone where that is configured", () => {
    expect(reportSchedule({ reports: { schedule: "weekly", timeZone: "Europe/Berlin" } })).toMatchObject({
      ScheduleExpression: "cron(0 6 ? * WED *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
    });
  });

  it("is none where reports are off; the function is there to be asked all the same", () => {
    expect(reportSchedule({ reports: { schedule: "off" } })).toBeUndefined();
  });
});

describe("a job's function", () => {
  it.each(JOBS)("%s keeps the events it failed at where those of its schedule go", (name) => {
    const { TargetArn } = functionOf(service, name).Properties["DeadLetterConfig"] as { TargetArn: unknown };
    expect(TargetArn).toEqual(targetOf(known(scheduleOf(name))).DeadLetterConfig.Arn);
  });

  it.each(JOBS)("%s has ended long before its next run, and within what Lambda allows", (name) => {
    expect(timeoutSecondsOf(name)).toBeLessThanOrEqual(Math.min(900, FUNCTIONS[name].schedule.everyMinutes * 30));
  });

  it.each(JOBS)("%s is behind no route, and nobody but its schedule is let in", (name) => {
    expect(ROUTES.map((route) => route.function)).not.toContain(name);
    expect(FALLBACK_FUNCTION).not.toBe(name);
    const { id } = functionOf(service, name);
    const uses = ["AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission", "AWS::Lambda::Url"].flatMap((type) =>
      resourcesOf(service, type),
    );
    expect(JSON.stringify(uses)).not.toContain(id);
  });

  it.each(OTHERS)("is not %s, which is called and keeps no events", (name) => {
    expect(functionOf(service, name).Properties).not.toHaveProperty("DeadLetterConfig");
  });
});

describe("a dead-letter queue", () => {
  type Policy = { Statement: unknown[] };
  const queues = resourcesOf(service, "AWS::SQS::Queue");

  it("is one for all jobs, encrypted, and keeps what it gets for two weeks", () => {
    expect(queues).toHaveLength(1);
    for (const [, { Properties }] of queues)
      expect(Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  });

  it("refuses requests without TLS", () => {
    for (const [id] of queues) {
      const policies = resourcesOf(service, "AWS::SQS::QueuePolicy").filter(
        ([, { Properties }]) => JSON.stringify(Properties["Queues"]) === JSON.stringify([{ Ref: id }]),
      );
      const statements = policies.map(([, { Properties }]) => (Properties["PolicyDocument"] as Policy).Statement);
      expect(statements.flat()).toEqual([
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      ]);
    }
  });
});
