import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CATALOG_LIMITS } from "../../shared/contract/catalog.ts";
import { PATH_ID_EXAMPLES, QUERY_EXAMPLES, REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import {
  FUNCTIONS,
  type FunctionName,
  type FunctionSpec,
  JOBS,
  partitionsFor,
  type TableAction,
} from "../../shared/contract/functions.ts";
import { PARTITIONS, ROLLUP_PREFIX, rollupKey, sessionKey } from "../../shared/contract/keys.ts";
import { ROUTES, withPathId } from "../../shared/contract/routes.ts";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { DEEP } from "../support/deep.ts";
import { type Deployed, type Deployment, prepareDeployment } from "../support/deployed/deployment.ts";
import { type AwsCall, allows } from "../support/deployed/policies.ts";
import { clientOf, endBody, heartbeatBody, type Json, licenseBody, startBody } from "../support/wire.ts";

// All functions and their whole story take a fifth of a minute of processor time: with DEEP=1. Else the routes that operators
// call have theirs, and of other tests each checks the partitions of what it calls.
const NAMES = (Object.keys(FUNCTIONS) as FunctionName[]).filter(
  (name) => DEEP || ["heartbeat", "license", "sessions"].includes(name),
);
const GONE_MS = 49 * HOUR_MS;

const WEBHOOK = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:jira-AbC123";
const KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/** With what makes functions do more than they would by default. */
const CONFIG = {
  reports: { schedule: "weekly" },
  adminByLicenseKey: true,
  privacy: { pseudonymsOnly: true },
  metrics: { perUserLabels: true },
  events: { enabled: true },
  jira: { webhookSecretArn: WEBHOOK, kmsKeyArn: KMS_KEY },
};

let deployment: Deployment;
let app: Deployed;

const post = (path: string, body: Json) => app.call("POST", path, { body });
const start = (id: string, user: string, changes: Json = {}): Json =>
  startBody(app.clock.now, { session_id: id, client: clientOf(user), ...changes });
const starts = (id: string, user: string, changes: Json = {}) => post("/api/v1/sessions", start(id, user, changes));
const ends = (id: string) => post(`/api/v1/sessions/${id}/end`, endBody(app.clock.now));
let seq = 0;
const beats = (sessions: readonly string[], changes: Json = {}) => {
  seq += 1;
  return post("/api/v1/heartbeat", heartbeatBody(app.clock.now, { seq, sessions, ...changes }));
};

/** The story that the contract's examples tell, with every route in it. */
const runExamples = async (): Promise<void> => {
  app.clock.now = Date.parse(REQUEST_EXAMPLES.sessionStart.sent_at);
  const [bodies, ids, queries] = [REQUEST_EXAMPLES, PATH_ID_EXAMPLES, QUERY_EXAMPLES].map(
    (examples) => new Map<string, unknown>(Object.entries(examples)),
  );
  for (const { name, method, path } of ROUTES.filter((route) => NAMES.includes(route.function))) {
    const query = new URLSearchParams(Object(queries?.get(name))).toString();
    const body = bodies?.get(name);
    const id = encodeURIComponent(String(ids?.get(name) ?? "s-1"));
    const answer = await app.call(method, `${withPathId({ path }, id)}${query === "" ? "" : `?${query}`}`, {
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(500);
  }
  if (DEEP) await app.call("GET", "/no/such/route");
};

/** Sessions end as lost, all of one row, and their true ends come late: one of an extreme, then the last. */
const runLostAndEnded = async (): Promise<void> => {
  for (const [user, tellEnd] of [
    ["ana", (id: string) => ends(id)],
    ["ben", (id: string) => beats([], { ended: [{ session_id: id, ...endBody(app.clock.now) }] })],
  ] as const) {
    const ids = [`${user}-lost-1`, `${user}-lost-2`];
    for (const id of ids) {
      await starts(id, user, { ci: true });
      await beats(ids, { errors: [{ timestamp: "2026-11-20T08:00:00Z", error: "no agent" }] });
      app.clock.now += MINUTE_MS;
    }
    app.clock.now += GONE_MS;
    for (const job of JOBS) await app.invoke(job);
    for (const id of ids) expect((await tellEnd(id)).status).toBe(200);
    app.clock.now += HOUR_MS;
  }
};

/** Two users hold seats when the license shrinks to one: the elder goes on, the younger and a third are refused. */
const runFullBook = async (): Promise<void> => {
  await app.setLicense({ type: "teams", max_seats: 2, subscription_id: "small" });
  app.clock.now += 2 * MINUTE_MS;
  for (const user of ["ana", "ben"]) await starts(`${user}-1`, user);
  await starts("eve-1", "eve");
  await beats(["ana-1", "ben-1", "eve-2"], { started: [start("eve-2", "eve")] });
  await app.setLicense({ type: "teams", max_seats: 1, subscription_id: "small" });
  app.clock.now += 2 * MINUTE_MS;
  for (const user of ["ana", "ben"]) {
    await starts(`${user}-2`, user);
    await beats([], { started: [start(`${user}-3`, user)] });
  }
};

/** A license limits installations: one has the slot, loses it while it is silent, and an admin releases it. */
const runInstallations = async (): Promise<void> => {
  await app.setLicense({ edition: "community", max_operators: 1, subscription_id: "small" });
  app.clock.now += 2 * MINUTE_MS;
  const instance = { instance_id: "op-slot", cluster_name: "slot" };
  await beats([], { instance_id: "op-slot", cluster_name: "slot" });
  app.clock.now += GONE_MS;
  for (const cluster of ["next", "other"])
    await post("/api/v1/license", licenseBody({ ...instance, cluster_name: cluster }));
  expect((await beats([], { instance_id: "op-next", cluster_name: "next" })).json.lease).not.toBeNull();
  expect((await beats([], instance)).json.lease).toBeNull();
  expect((await app.call("DELETE", "/api/v1/operators/next")).status).toBe(204);
  await app.setLicense({ type: "teams", max_seats: 1, subscription_id: "small" });
  app.clock.now += 2 * MINUTE_MS;
};

/** Seats float: the job ends sessions of a lost operator and frees seats that nobody holds. */
const runFloatingSeats = async (): Promise<void> => {
  const main = app;
  app = await deployment.deploy({ SEATS_MODE: "floating", SEATS_GRACE_MINUTES: "15", SEATS_LOST_MINUTES: "60" });
  // Puts the rules into force, which the functions read again after a minute.
  await app.invoke("seatJob");
  app.clock.now += 2 * MINUTE_MS;
  for (const user of ["ana", "ben"]) expect((await starts(`floating-${user}`, user)).status).toBe(201);
  await beats(["floating-ana", "floating-ben"]);
  await ends("floating-ana");
  // Others are heard of: the silence of the first is not the server's own outage.
  let freed = 0;
  for (let round = 0; round < 24; round += 1) {
    app.clock.now += 5 * MINUTE_MS;
    for (const instance of ["op-2", "op-3"]) await beats([], { instance_id: instance });
    const kept = await app.invoke("seatJob");
    freed += (kept as { freed: number }).freed;
  }
  expect(freed).toBe(2);
  await app.close();
  app = main;
};

/** Every seat is released. */
const runReleases = async (): Promise<void> => {
  const { seats } = (await app.call("GET", "/api/v1/seats")).json;
  expect(seats.length).toBeGreaterThan(0);
  for (const { id } of seats)
    expect((await app.call("DELETE", `/api/v1/seats/${encodeURIComponent(id)}`)).status).toBe(204);
};

/** Sessions are stopped, one, some and all. */
const runKills = async (): Promise<void> => {
  for (const path of ["/killed", "?user=none", ""]) {
    await starts("killed", "ana", { ci: true });
    expect((await app.call("DELETE", `/api/v1/sessions${path}`)).status).toBe(202);
    expect((await beats(["killed"])).status).toBe(200);
  }
  expect((await app.call("GET", "/api/v1/operators")).status).toBe(200);
};

/** A policy has more generations than its history keeps, an agent fetches its set, and the policy is deleted. */
const runCatalog = async (): Promise<void> => {
  const bearer = await app.accessToken(["policies:write"]);
  const path = "/api/v1/catalog/MirrordClusterPolicy/no-steal";
  let etag: string | undefined;
  const change = async (method: string, body?: Json) => {
    const headers: Record<string, string> = etag === undefined ? {} : { "if-match": etag };
    const answer = await app.call(method, path, { bearer, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status, answer.text).toBeLessThan(300);
    etag = answer.headers["etag"];
  };
  for (let round = 0; round <= CATALOG_LIMITS.history; round += 1)
    await change("PUT", { spec: { block: [], targetPath: `deploy/${round}` } });
  const instance = "cluster-1f2e";
  const { lease } = (await post("/api/v1/license", licenseBody({ instance_id: instance }))).json;
  expect((await app.call("GET", "/api/v1/catalog", { bearer: lease.token })).status).toBe(200);
  await change("DELETE");
};

/** A draft is judged against each session of the last days, and the result is behind a link. */
const runImpact = async (): Promise<void> => {
  const bearer = await app.accessToken(["policies:read"]);
  const draft = { kind: "MirrordClusterPolicy", name: "no-steal", spec: { block: ["steal"] } };
  for (const each_session of [false, true]) {
    const answer = await app.call("POST", "/api/v1/policies/impact", {
      bearer,
      body: { draft, days: 1, each_session },
    });
    expect(answer.status, answer.text).toBeLessThan(300);
    if (answer.status !== 202) continue;
    const done = await app.call("GET", `/api/v1/jobs/${answer.json.job.id}`, { bearer });
    expect(done.status, done.text).toBe(303);
    expect((await fetch(done.json.location)).status).toBe(200);
  }
};

/** Access tokens are made, listed and revoked, and whoever takes them asks whether they are. */
const runTokens = async (): Promise<void> => {
  const bearer = await app.accessToken(SCOPES);
  for (const { path } of ROUTES.filter(({ method, auth }) => method === "GET" && auth.length > 0))
    await app.call("GET", path, { bearer });
  // A heartbeat with one must be an agent's, which is checked as well.
  expect((await app.call("POST", "/api/v1/heartbeat", { bearer, body: {} })).status).toBe(403);
  expect(await app.invokeToken({ list: true })).toMatchObject({ ok: true });
  expect(await app.invokeToken({ revoke: "any" })).toMatchObject({ ok: true });
};

/** Whichever function is the first to show a pseudonym makes their key. */
const runFirstPseudonyms = async (): Promise<void> => {
  for (const path of ["/api/v1/sessions", "/api/v1/reports/usage?format=json", "/metrics"]) {
    const fresh = await deployment.deploy();
    expect((await fresh.call("GET", path)).status).toBe(200);
    await fresh.close();
  }
  const fresh = await deployment.deploy();
  expect(await fresh.invokeEvents([])).toEqual([]);
  await fresh.close();
};

/** A session's start and end go the way of events, and its end that to Jira, whose webhook is not there yet. */
const runEvents = async (): Promise<void> => {
  await starts("told", "ana", { branch: "feature/ABC-1", ci: true });
  const before = await app.table.get(sessionKey("told"), { consistent: true });
  app.clock.now += MINUTE_MS;
  await ends("told");
  const after = await app.table.get(sessionKey("told"), { consistent: true });
  const change = (eventName: string, images: object) => ({
    eventID: eventName,
    eventName,
    dynamodb: { ApproximateCreationDateTime: app.clock.now / SECOND_MS, SequenceNumber: "1", ...images },
  });
  const events = await app.invokeEvents([
    change("INSERT", { NewImage: marshall(before) }),
    change("MODIFY", { OldImage: marshall(before), NewImage: marshall(after) }),
  ]);
  expect(events).toMatchObject([{ type: "session.started" }, { type: "session.ended" }]);
  const message = { messageId: "message-1", body: JSON.stringify({ detail: events[1] }) };
  expect(await app.send("jira", { Records: [message] })).toEqual({
    batchItemFailures: [{ itemIdentifier: "message-1" }],
  });
};

/** People are told that the license ends soon, and where the report of a period is that is over. */
const runNotifications = async (): Promise<void> => {
  app.clock.now += 25 * DAY_MS;
  // The period that the report is of has a machine session, and its days are closed.
  await starts("ci-of-the-period", "runner", { session_kind: "ci" });
  await ends("ci-of-the-period");
  app.clock.now += 5 * DAY_MS;
  await app.invoke("dayClose");
  await app.setLicense({ subscription_id: "short" }, { notAfter: app.clock.now + 10 * DAY_MS });
  app.clock.now += 2 * MINUTE_MS;
  await app.invoke("watch");
  await app.invoke("reportJob");
  const told = app.aws.published.map((message) => message.get("Message") ?? "");
  expect(told.length).toBeGreaterThan(0);
  const links = told.flatMap((text) => text.match(/https?:\/\/127\.0\.0\.1[^\s"]+/) ?? []);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect((await fetch(link)).status).toBe(200);
};

/** A report too large for an answer goes into the bucket, and its link leads to it. */
const runLargeAnswer = async (): Promise<void> => {
  const main = app;
  // Names as they are: pseudonyms of them would be short.
  app = await deployment.deploy({ PSEUDONYMS_ONLY: "false" });
  await starts("large", "ana");
  app.clock.now += MINUTE_MS;
  await ends("large");
  const [one] = await app.table.query({ partition: "MONTH#2026-11", range: { prefix: ROLLUP_PREFIX } });
  const many = Array.from({ length: 1_200 }, (_, n) => ({
    ...one,
    machineId: `SHA256:${String(n).padStart(4_000, "0")}`,
    ...rollupKey("2026-11", `many-${n}`, 0),
  }));
  await app.table.batchPut(many);
  app.clock.now = Date.parse("2026-12-05T08:00:00Z");
  const month = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
  const { status, json } = await app.call("GET", `/api/v1/reports/usage?format=json&${month}`);
  expect(status).toBe(303);
  expect((await fetch(json.location)).status).toBe(200);
  await app.close();
  app = main;
};

/** Whichever function is the first to see a license notes it. */
const runNewLicenses = async (): Promise<void> => {
  const calls = [
    () => post("/api/v1/license", licenseBody()),
    () => app.call("GET", "/api/v1/seats"),
    () => app.call("GET", "/metrics"),
    () => starts("new", "ana"),
    () => beats(["new"]),
  ];
  for (const [number, call] of calls.entries()) {
    await app.setLicense({ subscription_id: `new-${number}` });
    app.clock.now += 2 * MINUTE_MS;
    expect((await call()).status).toBeLessThan(300);
  }
  await app.setLicense({ subscription_id: "new-to-the-watch" });
  app.clock.now += 2 * MINUTE_MS;
  await app.invoke("watch");
};

/** What is listed and reported of live and ended sessions, whole months, days and parts of days. */
const runReports = async (): Promise<void> => {
  for (const days of [0.01, 0.5, 3, 40]) {
    const from = new Date(app.clock.now - days * DAY_MS).toISOString();
    await app.call("GET", `/api/v1/reports/usage?format=json&from=${from}`);
  }
  for (const path of ["/api/v1/reports/usage?format=xlsx", "/api/v1/sessions", "/api/v1/seats"])
    expect((await app.call("GET", path)).status).toBe(200);
};

beforeAll(async () => {
  deployment = await prepareDeployment(CONFIG);
  app = await deployment.deploy();
  await runExamples();
  if (!DEEP) return;
  await runLostAndEnded();
  await runFullBook();
  await runInstallations();
  await runFloatingSeats();
  await runReleases();
  await runKills();
  await runCatalog();
  await runImpact();
  await runTokens();
  await runFirstPseudonyms();
  await runNewLicenses();
  await runReports();
  await runEvents();
  await runNotifications();
  await runLargeAnswer();
}, 120_000);
afterAll(async () => {
  await app.close();
  await deployment.remove();
});

/** What a function did to the table, in the contract's form; undefined where it has not touched it. */
const doneToTable = (name: FunctionName): { actions: TableAction[]; index: boolean } | undefined => {
  const calls = deployment.callsOf(name).filter(({ action }) => action.startsWith("dynamodb:"));
  if (calls.length === 0) return undefined;
  const isOnIndex = ({ resource }: AwsCall) => resource.includes("/index/");
  const actions = calls.filter((call) => !isOnIndex(call)).map(({ action }) => action.replace("dynamodb:", ""));
  return { actions: [...new Set(actions)].sort() as TableAction[], index: calls.some(isOnIndex) };
};

/** Allowed, and not used by the code of a function: by whom instead. */
const NOT_BY_THE_CODE: Record<string, string> = {
  "logs:CreateLogStream": "Lambda writes what a function logs, with the function's role",
  "logs:PutLogEvents": "Lambda writes what a function logs, with the function's role",
  "sqs:ReceiveMessage": "Lambda reads the queue of the reports to Jira, with the function's role",
  "sqs:DeleteMessage": "Lambda takes out of that queue what the function has done, with the function's role",
  "sqs:GetQueueAttributes": "Lambda looks how full that queue is, with the function's role",
  "sqs:SendMessage": "Lambda puts into the dead-letter queue what the function failed at, with the function's role",
  "kms:Decrypt": "Secrets Manager decrypts a secret with the rights of who reads it",
};

describe("what the contract lets a function do to the table", () => {
  it.runIf(DEEP).each(NAMES)("is exactly what %s does", (name) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    const granted = spec.table && { actions: [...spec.table.actions].sort(), index: spec.table.lists.length > 0 };
    expect(doneToTable(name)).toEqual(granted);
  });
});

describe("what the policy of a function's role allows", () => {
  it("is enough: no call to AWS of any function was refused", () => {
    if (!DEEP) for (const name of NAMES) expect(deployment.callsOf(name), name).not.toEqual([]);
    expect(deployment.refused).toEqual([]);
  });

  it.runIf(DEEP).each(NAMES)("is all used by %s, but for what AWS itself does with the role", (name) => {
    const calls = deployment.callsOf(name);
    const unused = (deployment.permissions.get(name) ?? [])
      .filter(({ action }) => NOT_BY_THE_CODE[action] === undefined)
      .filter((permission) => !calls.some((call) => allows([permission], call)));
    expect(unused.map(({ action, resource }) => `${action} ${resource}`)).toEqual([]);
  });

  it.runIf(DEEP).each(NAMES)(
    "holds nothing of %s twice: without any part of it a call would have been refused",
    (name) => {
      const permissions = deployment.permissions.get(name) ?? [];
      for (const one of permissions.filter(({ action }) => NOT_BY_THE_CODE[action] === undefined)) {
        const others = permissions.filter((other) => other !== one);
        const refused = deployment.callsOf(name).filter((call) => !allows(others, call));
        expect(refused, `${one.action} ${one.resource}`).not.toEqual([]);
      }
    },
  );

  it("ends at its partitions: a call to any other is refused, and so is one that names none", () => {
    const keys = Object.values(PARTITIONS).map((pattern) => pattern.replace("*", "any"));
    for (const name of NAMES) {
      const spec: FunctionSpec = FUNCTIONS[name];
      const { actions = [] } = spec.table ?? {};
      for (const action of actions) {
        const resource = deployment.callsOf(name).find((call) => call.action === `dynamodb:${action}`)?.resource;
        if (resource === undefined && !DEEP) continue;
        const answers = (leadingKeys: readonly string[] | undefined) =>
          allows(deployment.permissions.get(name) ?? [], {
            action: `dynamodb:${action}`,
            resource: (resource ?? "").replace(/\/index\/.*$/, ""),
            context: { "dynamodb:LeadingKeys": leadingKeys },
          });
        const allowed = spec.table === undefined ? [] : partitionsFor(spec.table, action);
        const patterns = allowed.map((one) => PARTITIONS[one].replace("*", "any"));
        expect(keys.filter((key) => answers([key])).sort(), `${name} ${action}`).toEqual([...patterns].sort());
        expect(answers(undefined), `${name} ${action}`).toBe(false);
        const [first = ""] = patterns;
        expect(answers([first, "ELSEWHERE"]), `${name} ${action}`).toBe(false);
      }
    }
  });

  it("is excused by name only where it is allowed at all", () => {
    const allowed = new Set([...deployment.permissions.values()].flat().map(({ action }) => action));
    expect(Object.keys(NOT_BY_THE_CODE).filter((action) => !allowed.has(action))).toEqual([]);
  });
});
