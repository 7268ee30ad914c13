import { create as createEvents } from "../../../functions/events/handler.ts";
import { create as createJira } from "../../../functions/jira/handler.ts";
import { parseConfig } from "../../../infra/config.ts";
import { type FunctionName, JOBS, type JobName } from "../../../shared/contract/functions.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { EVENT_EXAMPLES } from "../../../shared/events/examples.ts";
import { createRuntime } from "../../../shared/http/runtime.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { invocationContext } from "../../../tools/local/context.ts";
import { onlyResource, type Template } from "../../infra/synth.ts";
import { START } from "../../support/app.ts";
import { type DrillWorld, freshId, type TableFault } from "../../support/drill-world.ts";
import { clientOf, licenseBody, startBody } from "../../support/wire.ts";

/** How things go well, the fault put into the same, and what must show the fault and nothing else. */
export type Drill = {
  well: (world: DrillWorld, template: Template) => Promise<void>;
  fault: (world: DrillWorld, template: Template) => Promise<void>;
  shows: { alarm: string } | { notice: RegExp };
  /** Sent when the condition of the notice ends. */
  over?: { again: (world: DrillWorld) => Promise<unknown>; notice: RegExp };
  /** The terms of the license. */
  terms?: Record<string, unknown>;
};

const parsed = parseConfig({});
if (!parsed.ok) throw new Error("the default configuration is not valid");
const DEFAULT_CONFIG = parsed.config;

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

/** The license ends so many days from now, and the watch looks. */
const licenseEndsIn = (days: number) => async (world: DrillWorld) => {
  await world.app.setLicense({}, { notAfter: world.app.clock.now + days * DAY_MS });
  await world.run("watch");
};

const renews = async (world: DrillWorld): Promise<void> => {
  await world.app.setLicense({});
  await looksAgain(world);
};

const licenseDrill = (good: number, bad: number, notice: RegExp): Drill => ({
  well: licenseEndsIn(good),
  fault: licenseEndsIn(bad),
  shows: { notice },
  over: { again: renews, notice: /license renewed$/ },
});

const looksAgain = async (world: DrillWorld): Promise<void> => {
  world.pass(10 * MINUTE_MS);
  await world.run("watch");
};

const heldWell = async (world: DrillWorld): Promise<void> => {
  await world.run("watch");
  // By then the function looks again.
  world.pass(2 * MINUTE_MS);
};

/** Another text takes the place of the license that the server had, or of none. */
const putsNoLicense = (held: (world: DrillWorld) => Promise<void>) => async (world: DrillWorld) => {
  await held(world);
  await world.app.setLicenseText("no license at all");
  await world.run("watch");
};

const usersAndWatch = (count: number) => async (world: DrillWorld) => {
  await users(world, count);
  await world.run("watch");
};

const moreSeats = async (world: DrillWorld): Promise<void> => {
  await world.app.setLicense({ max_seats: 100 });
  await looksAgain(world);
};

const staleAfter = (next: string) => async (world: DrillWorld) => {
  await world.beats("op-1", { cluster_name: "blue" });
  world.pass(10 * MINUTE_MS);
  await world.beats("op-2", { cluster_name: next });
  await world.run("watch");
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
  shows: { alarm: "DeadLetters" },
});

const jobStops = (name: JobName): Drill => {
  const hours = async (world: DrillWorld, runs: boolean) => {
    await world.run("watch");
    await times(4, async () => {
      world.pass(HOUR_MS);
      if (runs) await world.run(name);
    });
    await world.run("watch");
  };
  return {
    well: (world) => hours(world, true),
    fault: (world) => hours(world, false),
    shows: { notice: new RegExp(`jobs that do not run:.*${name}`) },
    over: {
      again: async (world) => {
        await world.run(name);
        await looksAgain(world);
      },
      notice: new RegExp(`jobs that run again: ${name}$`),
    },
  };
};

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

const callsFive = (name: FunctionName) => (world: DrillWorld) => times(5, () => callOf(name, world));

const functionDrills = (name: FunctionName): Record<string, Drill> => ({
  [`${name} crashes`]: {
    well: callsFive(name),
    // A function that cannot start gives no answer.
    fault: async (world) => {
      world.breakEnvironment(name);
      await callsFive(name)(world);
    },
    shows: { alarm: "ServerErrors" },
  },
  [`${name} is refused by Lambda`]: {
    well: callsFive(name),
    fault: async (world) => {
      world.throttle(name);
      await callsFive(name)(world);
    },
    shows: { alarm: "ServerErrors" },
  },
  [`${name} is slow`]: {
    well: (world) => times(20, () => callOf(name, world)),
    fault: async (world) => {
      world.table("slow");
      await times(20, () => callOf(name, world));
    },
    shows: { alarm: "RequestsSlow" },
  },
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

const pipeDrill = (alarm: string): Drill => ({
  well: (world, template) => pipeCarries(world, template, []),
  fault: (world, template) => pipeCarries(world, template, { dynamodb: "no record" }),
  shows: { alarm },
});

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
  await times(5, () => world.call("GET", "/api/v1/sessions"));
};

const dayCloses = async (world: DrillWorld, fault: TableFault): Promise<void> => {
  const now = world.app.clock.now;
  await world.beats("op-1", {
    ended: [{ session_id: "s-1", ended_at: new Date(now).toISOString(), start: startBody(now - MINUTE_MS) }],
  });
  world.app.clock.now = Date.parse("2026-11-11T08:00:00Z");
  world.table(fault);
  await world.run("dayClose");
  world.table("none");
  await world.run("watch");
};

/** By what goes wrong. */
export const DRILLS: Readonly<Record<string, Drill>> = {
  "the license ends": licenseDrill(31, 13, /license expires in 13 days$/),
  "the license ends now": licenseDrill(31, 1, /license expires in 1 day$/),
  "the license is not usable": {
    well: heldWell,
    fault: putsNoLicense(async () => undefined),
    shows: { notice: /no usable license$/ },
    over: { again: renews, notice: /a usable license again$/ },
  },
  "the previous license is served": {
    well: heldWell,
    fault: putsNoLicense(heldWell),
    shows: { notice: /previous license served$/ },
    over: { again: renews, notice: /current license served again$/ },
  },
  "most seats are used": {
    terms: { max_seats: 5 },
    well: usersAndWatch(3),
    fault: usersAndWatch(4),
    shows: { notice: /80 % in use$/ },
    over: { again: moreSeats, notice: /less than 80 % of the seats in use$/ },
  },
  "all seats are used": {
    terms: { max_seats: 5 },
    well: usersAndWatch(3),
    fault: usersAndWatch(5),
    shows: { notice: /seats: all in use$/ },
    over: { again: moreSeats, notice: /seats are free again$/ },
  },
  "sessions are refused": {
    terms: { max_seats: 3 },
    well: usersAndWatch(2),
    fault: usersAndWatch(4),
    shows: { notice: /sessions refused on/ },
  },
  "an operator is stale": {
    // One that was restarted is another instance of its cluster: nobody has to look after the one before.
    well: staleAfter("blue"),
    fault: staleAfter("green"),
    shows: { notice: /no heartbeat from a cluster$/ },
    over: {
      again: async (world) => {
        world.pass(10 * MINUTE_MS);
        await world.beats("op-1", { cluster_name: "blue" });
        await world.run("watch");
      },
      notice: /heartbeats again from a cluster$/,
    },
  },
  "a day is closed late": {
    well: (world) => dayCloses(world, "none"),
    fault: (world) => dayCloses(world, "index behind"),
    shows: { notice: /a day is not closed$/ },
    over: {
      again: async (world) => {
        await world.run("dayClose");
        await looksAgain(world);
      },
      notice: /days are closed again$/,
    },
  },
  "a report is missed": {
    well: (world) => afterPeriod(world, true),
    fault: (world) => afterPeriod(world, false),
    shows: { notice: /usage report is missing$/ },
    over: {
      again: async (world) => {
        await world.run("reportJob", { for: "2026-11" });
        await looksAgain(world);
      },
      notice: /usage report is made$/,
    },
  },
  "requests fail": {
    well: (world) => times(20, () => world.beats("op-1")),
    fault: async (world) => {
      world.table("down");
      await times(5, () => world.beats("op-1"));
    },
    shows: { alarm: "ServerErrors" },
  },
  "the server has a defect": {
    well: callsFive("heartbeat"),
    fault: async (world) => {
      world.table("forbidden");
      await callsFive("heartbeat")(world);
    },
    shows: { alarm: "ServerErrors" },
  },
  "credentials are wrong": {
    well: (world) => times(10, () => world.call("GET", "/api/v1/seats", KEY_OF_SOMEBODY_ELSE)),
    fault: (world) => times(50, () => world.call("GET", "/api/v1/seats", KEY_OF_SOMEBODY_ELSE)),
    shows: { alarm: "WrongCredentials" },
  },
  "strangers send many requests": {
    well: (world) => times(20, () => world.beats("op-1")),
    // Half of what the default of throttle.rate lets pass.
    fault: async (world) => world.floods((DEFAULT_CONFIG.throttle.rate * 300) / 2),
    shows: { alarm: "RequestFlood" },
  },
  "somebody uses the token function": {
    well: callsFive("heartbeat"),
    fault: (world) => world.listsTokens(),
    shows: { alarm: "TokenFunctionUsed" },
  },
  "reads of the table are throttled": {
    well: (world) => users(world, 5),
    fault: async (world) => {
      world.table("reads throttled");
      await users(world, 5);
    },
    shows: { alarm: "ServerErrors" },
  },
  "writes of the table are throttled": {
    well: (world) => times(3, () => world.beats("op-1")),
    fault: async (world) => {
      world.table("writes throttled");
      await times(3, () => world.beats("op-1"));
    },
    shows: { alarm: "TableWritesThrottled" },
  },
  "reads of the index are throttled": {
    well: (world) => listsSessions(world, "none"),
    fault: (world) => listsSessions(world, "index reads throttled"),
    shows: { alarm: "ServerErrors" },
  },
  "writes of the index are throttled": {
    well: (world) => users(world, 3),
    // DynamoDB refuses a write of the table that its index has no room for.
    fault: async (world) => {
      world.table("index writes throttled");
      await users(world, 3);
    },
    shows: { alarm: "IndexWritesThrottled" },
  },
  ...functionDrills("license"),
  ...functionDrills("heartbeat"),
  ...functionDrills("sessions"),
  ...Object.fromEntries(JOBS.map((name) => [`${name} fails`, deadLetters(name)])),
  "watch does not run": {
    well: (world) =>
      times(3, async () => {
        world.pass(10 * MINUTE_MS);
        await world.run("watch");
      }),
    fault: async (world) => {
      await world.run("watch");
      // Its schedule was switched off.
      world.pass(40 * MINUTE_MS);
    },
    shows: { alarm: "WatchNotRun" },
  },
  "reaper does not run": jobStops("reaper"),
  "dayClose does not run": jobStops("dayClose"),
  "reports to Jira are late": {
    well: jiraIsTold(500, HOUR_MS),
    fault: jiraIsTold(500, 2 * HOUR_MS),
    shows: { alarm: "JiraReportsLate" },
  },
  "reports to Jira fail": {
    well: jiraIsTold(200, 2 * DAY_MS),
    fault: jiraIsTold(500, 2 * DAY_MS),
    shows: { alarm: "JiraReportsDeadLetters" },
  },
  "events are lost": pipeDrill("EventsPipeDeadLetters"),
  "the pipe of events fails": pipeDrill("EventsPipeFailing"),
};
