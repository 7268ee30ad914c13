import { describe, expect, it } from "vitest";
import { FUNCTIONS, type FunctionName, JOBS, timeoutSecondsOf } from "../../shared/contract/functions.ts";
import { FALLBACK_FUNCTION, ROUTES } from "../../shared/contract/routes.ts";
import { functionOf, type Resource, resourcesOf, synthesize } from "./synth.ts";

const { service } = synthesize();
const SCHEDULES = resourcesOf(service, "AWS::Scheduler::Schedule").map(([, resource]) => resource);
const OTHERS = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => !JOBS.some((job) => job === name));

const arnOf = (id: string | undefined) => ({ "Fn::GetAtt": [id, "Arn"] });
const referenced = (value: unknown): string => (value as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"][0];

const targetOf = (schedule: Resource) =>
  schedule.Properties["Target"] as {
    Arn: unknown;
    RoleArn: unknown;
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

  it.each(JOBS)("run %s as often as the contract says", (name) => {
    const { Properties } = known(scheduleOf(name));
    expect(minutesOf(Properties["ScheduleExpression"])).toBe(FUNCTIONS[name].schedule.everyMinutes);
    expect(Properties["State"]).toBe("ENABLED");
  });

  it.each(JOBS)("try to hand an event of %s over until the next one is due, then keep it", (name) => {
    const { RetryPolicy, DeadLetterConfig } = targetOf(known(scheduleOf(name)));
    expect(RetryPolicy.MaximumEventAgeInSeconds).toBe(FUNCTIONS[name].schedule.everyMinutes * 60);
    expect(RetryPolicy.MaximumRetryAttempts).toBeGreaterThan(0);
    expect(service.Resources[referenced(DeadLetterConfig.Arn)]?.Type).toBe("AWS::SQS::Queue");
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

  it("is one for each job, encrypted, and keeps what it gets for two weeks", () => {
    expect(queues).toHaveLength(JOBS.length);
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
