import { create as createEvents } from "../../../functions/events/handler.ts";
import { create as createJira } from "../../../functions/jira/handler.ts";
import type { FunctionName, JobName } from "../../../shared/contract/functions.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { EVENT_EXAMPLES } from "../../../shared/events/examples.ts";
import { createRuntime } from "../../../shared/http/runtime.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { invocationContext } from "../../../tools/local/context.ts";
import { onlyResource, type Template } from "../../infra/synth.ts";
import { START } from "../../support/app.ts";
import { type DrillWorld, freshId, type TableFault } from "../../support/drill-world.ts";
import { clientOf, licenseBody, startBody } from "../../support/wire.ts";

/** What an alarm is to tell apart: how things go well, and the fault put into the same. */
export type Drill = {
  well: (world: DrillWorld, template: Template) => Promise<void>;
  fault: (world: DrillWorld, template: Template) => Promise<void>;
  /** The terms of the license. */
  terms?: Record<string, unknown>;
};

const KEY_OF_SOMEBODY_ELSE = { key: "not-the-key-of-this-server" };

const starts = (world: DrillWorld, user: string): Promise<number> =>
  world.call("POST", "/api/v1/sessions", {
    body: startBody(world.app.clock.now, { session_id: freshId(), client: clientOf(user) }),
  });

const users = async (world: DrillWorld, count: number): Promise<void> => {
  for (let user = 1; user <= count; user += 1) await starts(world, `user-${user}`);
};

const times = async (count: number, work: () => Promise<unknown>): Promise<void> => {
  for (let time = 0; time < count; time += 1) await work();
};

const registers = (world: DrillWorld, changes: Record<string, unknown> = {}): Promise<number> =>
  world.call("POST", "/api/v1/license", { body: licenseBody(changes) });

/** The license ends so many days from now, and an operator goes on. */
const licenseEndsIn = (days: number) => async (world: DrillWorld) => {
  await world.app.setLicense({}, { notAfter: world.app.clock.now + days * DAY_MS });
  await world.beats("op-1");
};

const heldWell = async (world: DrillWorld): Promise<void> => {
  await world.beats("op-1");
  // By then the function looks again.
  world.pass(2 * MINUTE_MS);
};

const jobsOf: Record<string, JobName> = {
  Watch: "watch",
  Reaper: "reaper",
  DayClose: "dayClose",
  ReportJob: "reportJob",
};

/** A job that fails whenever it runs, as the table is away. */
const deadLetters = (name: JobName): Drill => ({
  well: async (world) => {
    await registers(world);
    await world.run(name);
  },
  fault: async (world) => {
    world.table("down");
    await world.run(name);
  },
});

const notRun = (name: JobName): Drill => ({
  well: (world) =>
    times(3, async () => {
      world.pass(HOUR_MS);
      await world.run(name);
    }),
  fault: async (world) => {
    await world.run(name);
    // Its schedule was switched off.
    world.pass(4 * HOUR_MS);
  },
});

const CALLS: Partial<Record<FunctionName, (world: DrillWorld) => Promise<number>>> = {
  license: (world) => registers(world),
  heartbeat: (world) => world.beats("op-1"),
  sessions: (world) => starts(world, "ana"),
};

const callOf = (name: FunctionName, world: DrillWorld): Promise<number> => {
  const call = CALLS[name];
  if (call === undefined) throw new Error(`no call of ${name}`);
  return call(world);
};

const overFifteenMinutes = (name: FunctionName, fault: TableFault) => async (world: DrillWorld) => {
  world.table(fault);
  await times(3, async () => {
    world.pass(5 * MINUTE_MS);
    await times(3, () => callOf(name, world));
  });
};

const functionDrills = (name: FunctionName, called: string): Record<string, Drill> => ({
  [`${called}Errors`]: {
    well: async (world) => void (await callOf(name, world)),
    // A function that cannot start gives no answer.
    fault: async (world) => {
      world.breakEnvironment(name);
      await callOf(name, world);
    },
  },
  [`${called}Throttles`]: {
    well: async (world) => void (await callOf(name, world)),
    fault: async (world) => {
      world.throttle(name);
      await callOf(name, world);
    },
  },
  [`${called}Slow`]: { well: overFifteenMinutes(name, "none"), fault: overFifteenMinutes(name, "slow") },
});

/**
 * A session's end comes to the queue of the reports to Jira, which hands it over until it is done, as long as looked at. What
 * SQS tells of its age ends with the third time (SQS developer guide, "Available CloudWatch metrics").
 */
const jiraIsTold =
  (status: number, untilMs: number) =>
  async (world: DrillWorld, template: Template): Promise<void> => {
    const log = createLogger("error", () => undefined);
    const runtime = createRuntime("jira", {}, { now: () => START, newId: freshId, random: Math.random, log });
    const handler = createJira(runtime, {
      webhook: async () => ({ found: true, value: "https://jira.example.com/hook", versionId: "1", createdAt: 0 }),
      post: async () => status,
    });
    const detail = { ...EVENT_EXAMPLES["session.ended"], outcome: "ended", branch: "b-KEY-1", issue_key: "KEY-1" };
    const batch = { Records: [{ messageId: "message-1", body: JSON.stringify({ detail }) }] };
    const { EventSourceArn } = onlyResource(template, "AWS::Lambda::EventSourceMapping").Properties;
    const [queue] = (EventSourceArn as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"];
    const { VisibilityTimeout, RedrivePolicy } = (template.Resources[queue]?.Properties ?? {}) as {
      VisibilityTimeout: number;
      RedrivePolicy: { maxReceiveCount: number; deadLetterTargetArn: unknown };
    };
    const sentAt = world.app.clock.now;
    for (let received = 1; received <= RedrivePolicy.maxReceiveCount; received += 1) {
      const context = invocationContext("jira", freshId(), () => 29_000);
      if ((await handler(batch, context)).batchItemFailures.length === 0) return;
      for (let waited = 0; waited < VisibilityTimeout * SECOND_MS; waited += 5 * MINUTE_MS) {
        if (world.app.clock.now - sentAt >= untilMs) return;
        world.pass(5 * MINUTE_MS);
        if (received < 3) world.waits(EventSourceArn, (world.app.clock.now - sentAt) / SECOND_MS);
      }
    }
    world.putInto(RedrivePolicy.deadLetterTargetArn);
  };

/** A pipe tries its enrichment again, and keeps a record that fails alone. */
const pipeCarries = async (world: DrillWorld, template: Template, record: unknown): Promise<void> => {
  const log = createLogger("error", () => undefined);
  const env = { TABLE_NAME: "none", LICENSE_KEY: "x".repeat(32) };
  const handler = createEvents(
    createRuntime("events", env, {
      now: () => START,
      newId: freshId,
      random: Math.random,
      table: world.app.table,
      log,
    }),
  );
  const { SourceParameters } = onlyResource(template, "AWS::Pipes::Pipe").Properties as {
    SourceParameters: {
      DynamoDBStreamParameters: { MaximumRetryAttempts: number; DeadLetterConfig: { Arn: unknown } };
    };
  };
  const { MaximumRetryAttempts, DeadLetterConfig } = SourceParameters.DynamoDBStreamParameters;
  for (let attempt = 0; attempt <= MaximumRetryAttempts; attempt += 1) {
    try {
      await handler(
        [record].flat(),
        invocationContext("events", freshId(), () => 29_000),
      );
      return;
    } catch {
      // The pipe tries again.
      world.pipeFails();
    }
  }
  world.putInto(DeadLetterConfig.Arn);
};

const pipeDrill: Drill = {
  well: (world, template) => pipeCarries(world, template, []),
  fault: (world, template) => pipeCarries(world, template, { dynamodb: "no record" }),
};

const afterPeriod = async (world: DrillWorld, isMade: boolean): Promise<void> => {
  await registers(world);
  // November's report is final on December 3.
  world.app.clock.now = Date.parse("2026-12-03T06:00:00Z");
  if (isMade) await world.run("reportJob");
  world.app.clock.now = Date.parse("2026-12-04T12:00:00Z");
  await world.run("watch");
};

const listsSessions = async (world: DrillWorld, fault: TableFault): Promise<void> => {
  await starts(world, "ana");
  world.table(fault);
  await times(3, () => world.call("GET", "/api/v1/sessions"));
};

const dayCloses = async (world: DrillWorld, fault: TableFault): Promise<void> => {
  const now = world.app.clock.now;
  await world.beats("op-1", {
    ended: [{ session_id: "s-1", ended_at: new Date(now).toISOString(), start: startBody(now - MINUTE_MS) }],
  });
  world.app.clock.now = Date.parse("2026-11-11T08:00:00Z");
  world.table(fault);
  await world.run("dayClose");
};

/** For each alarm by name. */
export const DRILLS: Readonly<Record<string, Drill>> = {
  LicenseExpiring: { well: licenseEndsIn(15), fault: licenseEndsIn(13) },
  LicenseUrgent: { well: licenseEndsIn(3), fault: licenseEndsIn(1) },
  LicenseInvalid: {
    well: heldWell,
    fault: async (world) => {
      await world.app.setLicenseText("no license at all");
      await world.beats("op-1");
    },
  },
  LicenseFallback: {
    well: heldWell,
    fault: async (world) => {
      await heldWell(world);
      await world.app.setLicenseText("no license at all");
      await world.beats("op-1");
    },
  },
  SeatsNearlyUsed: { terms: { max_seats: 5 }, well: (world) => users(world, 3), fault: (world) => users(world, 4) },
  SeatsUsedUp: {
    terms: { max_seats: 5 },
    // More were bought than anybody counts.
    well: async (world) => {
      await users(world, 5);
      await world.app.setLicense({ max_seats: null });
      world.pass(10 * MINUTE_MS);
      await starts(world, "user-6");
    },
    fault: (world) => users(world, 5),
  },
  SeatDenials: { terms: { max_seats: 2 }, well: (world) => users(world, 2), fault: (world) => users(world, 3) },
  OperatorsStale: {
    // One that was restarted is another instance of its cluster: nobody has to look after the one before.
    well: async (world) => {
      await world.beats("op-1", { cluster_name: "blue" });
      world.pass(10 * MINUTE_MS);
      await world.beats("op-2", { cluster_name: "blue" });
      await world.run("watch");
    },
    fault: async (world) => {
      await world.beats("op-1", { cluster_name: "blue" });
      world.pass(10 * MINUTE_MS);
      await world.beats("op-2", { cluster_name: "green" });
      await world.run("watch");
    },
  },
  DayCloseLate: { well: (world) => dayCloses(world, "none"), fault: (world) => dayCloses(world, "index behind") },
  ReportMissed: { well: (world) => afterPeriod(world, true), fault: (world) => afterPeriod(world, false) },
  ServerErrors: {
    well: (world) => times(20, () => world.beats("op-1")),
    fault: async (world) => {
      world.table("down");
      await times(5, () => world.beats("op-1"));
    },
  },
  Unavailable: {
    well: (world) => times(20, () => world.beats("op-1")),
    fault: async (world) => {
      world.table("down");
      await times(5, () => world.beats("op-1"));
    },
  },
  Defects: {
    well: async (world) => void (await world.beats("op-1")),
    fault: async (world) => {
      world.table("forbidden");
      await world.beats("op-1");
    },
  },
  WrongCredentials: {
    well: (world) => times(10, () => world.call("GET", "/api/v1/seats", KEY_OF_SOMEBODY_ELSE)),
    fault: (world) => times(50, () => world.call("GET", "/api/v1/seats", KEY_OF_SOMEBODY_ELSE)),
  },
  TableReadsThrottled: {
    well: (world) => users(world, 3),
    fault: async (world) => {
      world.table("reads throttled");
      await users(world, 3);
    },
  },
  TableWritesThrottled: {
    well: (world) => times(3, () => world.beats("op-1")),
    fault: async (world) => {
      world.table("writes throttled");
      await times(3, () => world.beats("op-1"));
    },
  },
  IndexReadsThrottled: {
    well: (world) => listsSessions(world, "none"),
    fault: (world) => listsSessions(world, "index reads throttled"),
  },
  IndexWritesThrottled: {
    well: (world) => users(world, 3),
    // DynamoDB refuses a write of the table that its index has no room for.
    fault: async (world) => {
      world.table("index writes throttled");
      await users(world, 3);
    },
  },
  ...functionDrills("license", "License"),
  ...functionDrills("heartbeat", "Heartbeat"),
  ...functionDrills("sessions", "Sessions"),
  ...Object.fromEntries(
    Object.entries(jobsOf).map(([called, name]) => [`${called}DeadLetters`, deadLetters(name)] as const),
  ),
  WatchNotRun: notRun("watch"),
  ReaperNotRun: notRun("reaper"),
  DayCloseNotRun: notRun("dayClose"),
  JiraReportsLate: { well: jiraIsTold(500, HOUR_MS), fault: jiraIsTold(500, 2 * HOUR_MS) },
  JiraReportsDeadLetters: { well: jiraIsTold(200, 2 * DAY_MS), fault: jiraIsTold(500, 2 * DAY_MS) },
  EventsPipeDeadLetters: pipeDrill,
  EventsPipeFailing: pipeDrill,
};
