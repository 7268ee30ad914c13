import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATH_ID_EXAMPLES, QUERY_EXAMPLES, REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { JOBS } from "../../shared/contract/functions.ts";
import { ROUTES, type RouteName, withPathId } from "../../shared/contract/routes.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";
import type { Table } from "../../shared/store/table.ts";
import { createLogger, type Logger } from "../../shared/telemetry/logger.ts";
import { type App, createApp, LICENSE_KEY } from "../support/app.ts";
import { fieldOf, insightsQueriesIn, passes, readQuery } from "../support/insights.ts";
import { GONE_MS, operatorOf } from "../support/reaper-world.ts";
import { secretsIn } from "../support/secrets.ts";
import { endBody, licenseBody, startBody } from "../support/wire.ts";

type Line = Record<string, unknown>;

let app: App;
const pems: string[] = [];
const secrets: string[] = [LICENSE_KEY];

const linesOf = (message: string): Line[] => app.logs.filter((line) => line["message"] === message);
const requestsOf = (route: RouteName): Line[] => linesOf("request").filter((line) => line["route"] === route);

/** Each route once with the license key, and once with a token that opens it where there is one. */
const callEveryRoute = async (): Promise<void> => {
  const [bodies, ids, queries] = [REQUEST_EXAMPLES, PATH_ID_EXAMPLES, QUERY_EXAMPLES].map(
    (examples) => new Map<string, unknown>(Object.entries(examples)),
  );
  const bearer = await app.accessToken(["reports:read", "metrics:read", "sessions:read", "seats:read", "audit:read"]);
  secrets.push(bearer);
  for (const { name, method, path } of ROUTES) {
    const query = new URLSearchParams(Object(queries?.get(name))).toString();
    const id = encodeURIComponent(String(ids?.get(name) ?? "s-1"));
    const body = bodies?.get(name);
    const target = `${withPathId({ path }, id)}${query === "" ? "" : `?${query}`}`;
    const options = body === undefined ? {} : { body };
    await app.call(method, target, options);
    await app.call(method, target, { ...options, bearer });
  }
};

const runStory = async (): Promise<void> => {
  const lease = (await app.call("POST", "/api/v1/license", { body: licenseBody({ instance_id: "op-1" }) })).json.lease;
  secrets.push(lease.token);
  const operator = operatorOf(app);
  await operator.starts("s-1");
  await app.call("POST", "/api/v1/sessions", { body: startBody(app.clock.now, { session_id: "s-2" }) });
  app.clock.now += MINUTE_MS;
  const body = endBody(app.clock.now);
  expect((await app.call("POST", "/api/v1/sessions/s-1/end", { body, bearer: lease.token })).status).toBe(200);
  await app.call("GET", "/api/v1/seats", { key: "a-wrong-key-0123456789-0123456789" });
  await app.call("POST", "/api/v1/sessions", { raw: "{" });
  await operator.starts("s-3");
  await operator.beats(["s-3"]);
  app.clock.now += GONE_MS;
  for (const job of JOBS) await app.invoke(job);
  pems.push(await app.setLicense({ subscription_id: "another", type: "teams", max_seats: 0 }));
  app.clock.now += 2 * MINUTE_MS;
  await app.call("POST", "/api/v1/sessions", { body: startBody(app.clock.now, { session_id: "s-4" }) });
  await app.setLicenseText(`${pems[0]}broken`);
  await app.setLicenseText("-----BEGIN CERTIFICATE-----\nbm90IGEgbGljZW5zZSBhdCBhbGw=\n-----END CERTIFICATE-----\n");
  app.clock.now += 2 * MINUTE_MS;
  await app.call("GET", "/api/v1/license");
};

let isBroken = false;
/** A defect, as far as a request and a job can tell. */
const breaking = (table: Table): Table => ({
  ...table,
  query: (request) => (isBroken ? Promise.reject(new TypeError("no such thing")) : table.query(request)),
});

const meetTrouble = async (): Promise<void> => {
  isBroken = true;
  expect((await app.call("GET", "/metrics")).status).toBe(500);
  await expect(app.invoke("reaper")).rejects.toThrow();
  isBroken = false;
  expect((await app.call("POST", "/api/v1/nothing-here", { raw: "{}" })).status).toBe(404);
};

beforeAll(async () => {
  app = await createApp({ around: breaking });
  pems.push(await app.setLicense({}));
  app.clock.now += 2 * MINUTE_MS;
  await runStory();
  await app.setLicense({});
  app.clock.now += 2 * MINUTE_MS;
  await callEveryRoute();
  await meetTrouble();
});
afterAll(() => app.close());

describe("every line of the log", () => {
  it("is one JSON object with a time, a level and a message", () => {
    expect(app.logs.length).toBeGreaterThan(30);
    for (const line of app.logs) {
      expect(line["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(line["level"]).toMatch(/^(DEBUG|INFO|WARN|ERROR)$/);
      expect(line["message"]).toMatch(/^\S/);
    }
  });

  it("is free of secrets: no license file, no key, no token", () => {
    expect(secretsIn(app.logs, { keys: secrets, pems })).toEqual([]);
  });

  it("stays one line of JSON whatever a caller sends", () => {
    const written: string[] = [];
    const log: Logger = createLogger("debug", (line) => written.push(line));
    log.info('Session Start","level":"ERROR', { target: 'a\nb\r\u2028{"x":1}', error: new Error("c\nd") });
    expect(written).toHaveLength(1);
    expect(written[0]).not.toMatch(/[\n\r]/);
    expect(JSON.parse(written[0] ?? "")).toMatchObject({ level: "INFO", target: 'a\nb\r\u2028{"x":1}' });
  });
});

describe("a session", () => {
  const client = {
    target: "deployment/checkout",
    client_hostname: "user-of-s-1-laptop",
    client_name: "user-of-s-1",
    client_user: "user-of-s-1@example.com",
    client_id: "SHA256:user-of-s-1",
    session_id: "s-1",
    instance_id: "op-1",
  };
  const told = (message: string) => linesOf(message).filter((line) => line["session_id"] === "s-1");

  it("leaves the original's line at its start", () => {
    expect(told("Session Start")).toEqual([
      expect.objectContaining({ ...client, level: "INFO", request_id: expect.any(String) }),
    ]);
  });

  it("leaves the original's line at its end, with its duration in seconds", () => {
    expect(told("Session End")).toEqual([
      expect.objectContaining({ ...client, level: "INFO", session_duration: 60, request_id: expect.any(String) }),
    ]);
  });

  it("has the version of its client's command line, where that is told", () => {
    const { cli_version } = REQUEST_EXAMPLES.sessionStart.client;
    const starts = linesOf("Session Start").filter((line) => line["client_cli_version"] === cli_version);
    expect(starts).not.toEqual([]);
  });
});

describe("a request", () => {
  it.each(ROUTES.map(({ name, auth }) => [name, auth.length === 0 ? "DEBUG" : "INFO"] as const))(
    "to %s leaves one line at level %s: what it was, how it ended, how long it took, what it consumed",
    (name, level) => {
      expect(requestsOf(name)).not.toEqual([]);
      for (const line of requestsOf(name))
        expect(line).toMatchObject({
          level,
          request_id: expect.stringMatching(/^[\w-]{36}$/),
          method: expect.stringMatching(/^(GET|POST|PUT|DELETE)$/),
          status: expect.any(Number),
          outcome: expect.any(String),
          source_ip: "127.0.0.1",
          latency_ms: expect.any(Number),
          read_units: expect.any(Number),
          write_units: expect.any(Number),
        });
      expect(new Set(requestsOf(name).map((line) => line["request_id"])).size).toBe(requestsOf(name).length);
    },
  );

  it("tells its operator, by the lease or by the body", () => {
    expect(requestsOf("sessionEnd")).toContainEqual(
      expect.objectContaining({ caller: "lease", instance_id: "op-1", session_id: "s-1", status: 200, outcome: "ok" }),
    );
    expect(requestsOf("heartbeat")).toContainEqual(expect.objectContaining({ caller: "key", instance_id: "op-1" }));
  });

  it("tells the id of the access token that was shown, never the token", () => {
    expect(requestsOf("auditList")).toContainEqual(
      expect.objectContaining({ caller: "access", token_id: expect.any(String) }),
    );
  });

  it("tells the code it was refused with", () => {
    expect(requestsOf("seatList")).toContainEqual(expect.objectContaining({ status: 401, outcome: "Unauthorized" }));
    expect(requestsOf("sessionStart")).toContainEqual(expect.objectContaining({ status: 400, outcome: "BadRequest" }));
    expect(requestsOf("sessionStart")).toContainEqual(
      expect.objectContaining({ status: 403, outcome: "MaxSeatCountReached", session_id: "s-4" }),
    );
  });

  it("tells what it consumed of the table: a start with a new seat much, an answer from memory nothing", () => {
    const [start] = requestsOf("sessionStart").filter((line) => line["session_id"] === "s-1");
    expect(Number(start?.["write_units"])).toBeGreaterThan(4);
    expect(Number(start?.["read_units"])).toBeGreaterThan(0);
    expect(requestsOf("health")).toContainEqual(expect.objectContaining({ read_units: 0, write_units: 0 }));
  });
});

describe("what goes on beside requests", () => {
  it("is told: jobs, the license's state and its swap, wrong credentials with the address they came from", () => {
    for (const job of JOBS) {
      expect(linesOf("job started")).toContainEqual(expect.objectContaining({ job }));
      expect(linesOf("job done")).toContainEqual(expect.objectContaining({ job }));
    }
    expect(linesOf("license swapped")).not.toEqual([]);
    expect(linesOf("license valid")).toContainEqual(
      expect.objectContaining({ job: "watch", fingerprint: expect.any(String), days_left: expect.any(Number) }),
    );
    expect(app.logs).toContainEqual(expect.objectContaining({ WrongCredentials: 1, source_ip: "127.0.0.1" }));
    expect(linesOf("session lost")).toContainEqual(expect.objectContaining({ session_id: "s-3" }));
  });
});

describe("a query of Logs Insights in the documents", () => {
  const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
  const dashboard = [...read("grafana/cloudwatch.json").matchAll(/"expression": ("filter.+"),$/gm)];
  const queries = [
    ...insightsQueriesIn(read("logs.md")),
    ...globSync("runbooks/*.md", { cwd: new URL("../../docs/", import.meta.url) }).flatMap((file) =>
      insightsQueriesIn(read(file)),
    ),
    ...dashboard.map(([, expression = ""]) => readQuery(JSON.parse(expression))),
  ];

  it("is there for each question", () => {
    expect(queries.length).toBeGreaterThan(read("logs.md").split("\n**").length);
  });

  it.each(queries)("finds lines, and all the fields it names in them: $text", ({ filter, fields }) => {
    const found = app.logs.filter((line) => passes(line, filter));
    expect(found).not.toEqual([]);
    for (const field of fields)
      expect
        .soft(
          found.map((line) => fieldOf(line, field)).some((value) => value !== undefined),
          field,
        )
        .toBe(true);
  });
});
