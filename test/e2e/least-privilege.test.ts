import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PATH_ID_EXAMPLES, QUERY_EXAMPLES, REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { FUNCTIONS, type FunctionName, type FunctionSpec, JOBS } from "../../shared/contract/functions.ts";
import { ROUTES } from "../../shared/contract/routes.ts";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { type App, createApp } from "../support/app.ts";
import { recording } from "../support/recording-table.ts";
import { clientOf, endBody, heartbeatBody, type Json, licenseBody, startBody } from "../support/wire.ts";

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];
const GONE_MS = 49 * HOUR_MS;

const ENV = { REPORT_SCHEDULE: "weekly", ADMIN_BY_LICENSE_KEY: "true", PSEUDONYMS_ONLY: "true", METRICS_PER_USER: "true" };

const { around, of } = recording();
let app: App;

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
  for (const { name, method, path } of ROUTES) {
    const query = new URLSearchParams(Object(queries?.get(name))).toString();
    const body = bodies?.get(name);
    const id = encodeURIComponent(String(ids?.get(name) ?? "s-1"));
    const answer = await app.call(method, `${path.replace("{id}", id)}${query === "" ? "" : `?${query}`}`, {
      ...(body === undefined ? {} : { body }),
    });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(500);
  }
  await app.call("GET", "/no/such/route");
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

/** Access tokens are made, listed and revoked, and whoever takes them asks whether they are. */
const runTokens = async (): Promise<void> => {
  const bearer = await app.accessToken(SCOPES);
  for (const { path } of ROUTES.filter(({ method, auth }) => method === "GET" && auth.length > 0))
    await app.call("GET", path, { bearer });
  expect(await app.invokeToken({ list: true })).toMatchObject({ ok: true });
  expect(await app.invokeToken({ revoke: "any" })).toMatchObject({ ok: true });
};

/** Whichever function is the first to show a pseudonym makes their key. */
const runFirstPseudonyms = async (): Promise<void> => {
  for (const path of ["/api/v1/sessions", "/api/v1/reports/usage?format=json", "/metrics"]) {
    const fresh = await createApp({ around, env: ENV });
    expect((await fresh.call("GET", path)).status).toBe(200);
    await fresh.close();
  }
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
  app = await createApp({
    around,
    env: ENV,
  });
  await runExamples();
  await runLostAndEnded();
  await runFullBook();
  await runReleases();
  await runKills();
  await runTokens();
  await runFirstPseudonyms();
  await runNewLicenses();
  await runReports();
});
afterAll(() => app.close());

describe("what the contract lets a function do to the table", () => {
  it.each(NAMES)("is exactly what %s does", (name) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    const granted = spec.table && { ...spec.table, actions: [...spec.table.actions].sort() };
    expect(of(name)).toEqual(granted);
  });
});
