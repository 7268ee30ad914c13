import { afterEach, describe, expect, it } from "vitest";
import { DIRTY_LIST, dirtyDayKey } from "../../shared/contract/keys.ts";
import { ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { type App, createApp, START } from "../support/app.ts";
import { putCatalog } from "../support/catalog.ts";
import { closeAll, expectClosedDays } from "../support/day-truth.ts";
import { DEEP, firstPlace, triedAt } from "../support/deep.ts";
import { storedItems } from "../support/stored.ts";
import { clientOf, heartbeatBody, type Json, licenseBody, startBody } from "../support/wire.ts";
import { FACTS, policy } from "../unit/policies/support.ts";

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

let app: App;
afterEach(() => app.close());

const RETENTION_DAYS = 1_825;
/** Old, but not too old for an event. */
const OLDEST = START - (RETENTION_DAYS - 10) * DAY_MS;

const open = async (terms: Json = { max_seats: null }): Promise<void> => {
  app = await createApp({ terms });
  await app.setLicense(terms, { notBefore: OLDEST - DAY_MS, notAfter: START + 4_000 * DAY_MS });
};

const post = async (path: string, body: Json, status = 200) => {
  const answer = await app.call("POST", path, { body });
  expect(answer.status, answer.text).toBe(status);
  return answer.json;
};

const writtenBy = async (work: () => Promise<unknown>): Promise<number> => {
  const before = app.consumed.length;
  await work();
  return app.consumed
    .slice(before)
    .filter(({ operation }) => WRITES.has(operation))
    .reduce((sum, { units }) => sum + units, 0);
};

let seq = 0;
const beat = (changes: Json) => {
  seq += 1;
  return post("/api/v1/heartbeat", heartbeatBody(app.clock.now, { seq, ...changes }));
};

const userOf = (name: string): Json => ({ client: clientOf(name), target: { namespace: name, kind: "pod", name } });
const start = (id: string, startedAt: number, changes: Json = {}): Json =>
  startBody(startedAt, { session_id: id, ...userOf(id), ...changes });
const starts = (id: string, startedAt = app.clock.now) => post("/api/v1/sessions", start(id, startedAt), 201);
const ends = (id: string, endedAt: number, changes: Json = {}) =>
  post(`/api/v1/sessions/${id}/end`, { ended_at: formatTime(endedAt), sent_at: formatTime(app.clock.now), ...changes });
const numbered = <T>(count: number, of: (place: number) => T): T[] => Array.from({ length: count }, (_, n) => of(n));

const dirtyDays = async (): Promise<string[]> =>
  (await storedItems(app)).filter(({ sk }) => sk === DIRTY_LIST).map(({ at }) => String(at));

/** Days that one request reopens at most, each a write of its mark and of the index. */
const REOPENED = 35;
const MARK = 2;
const EVENTS = DEEP ? 500 : 12;
const LIVE = numbered(EVENTS, (n) => `live-${n}`);
/** A start in a heartbeat; the dearest one is of a session that policies refuse. */
const PER_START = 17;

/** What a request may write: units, and a request that is as expensive as the route allows, after what it needs. */
type Bound = { units: number; worst?: () => Promise<unknown>; before?: () => Promise<unknown> };

const admin = (scope: Parameters<App["accessToken"]>[0][number], method: string, path: string) => async () => {
  const answer = await app.call(method, path, { bearer: await app.accessToken([scope]) });
  expect([202, 204], answer.text).toContain(answer.status);
};

const changes = async (
  method: string,
  path: string,
  body: Json | undefined,
  status: number,
  headers: Record<string, string> = {},
): Promise<Json> => {
  const bearer = await app.accessToken(["policies:write"]);
  const answer = await app.call(method, path, { bearer, headers, ...(body === undefined ? {} : { body }) });
  expect(answer.status, answer.text).toBe(status);
  return answer.json ?? {};
};
const largeSpec = (bytes: number): Json => ({
  block: [],
  env: { exclude: numbered(Math.floor(bytes / 220), (n) => `${n}${"x".repeat(210)}`) },
});
const putPolicy = (name: string, status: number) =>
  changes("PUT", `/api/v1/catalog/MirrordClusterPolicy/${name}`, { spec: largeSpec(31_000) }, status);

const NOTHING: Bound = { units: 0 };
/** A read may be the first to see the license: it notes when billing periods begin. */
const READS: Bound = { units: 5 };

const BOUNDS: Readonly<Record<RouteName, Bound>> = {
  root: NOTHING,
  health: NOTHING,
  openapi: NOTHING,
  jwks: NOTHING,
  dashboard: NOTHING,
  metrics: READS,
  licenseGet: NOTHING,
  sessionList: READS,
  operatorList: READS,
  seatList: READS,
  seatHistory: READS,
  seatForecast: READS,
  auditList: READS,
  usageReport: READS,
  usageTrends: READS,
  errorReport: READS,
  denialReport: READS,
  catalogList: NOTHING,
  catalogGet: NOTHING,
  catalogHistory: NOTHING,
  catalogStatus: NOTHING,
  // The first names the cluster, so the second has something to prune.
  catalogPrune: NOTHING,
  catalogAccept: NOTHING,
  policyEvaluate: NOTHING,
  // A job with the largest draft.
  policyImpact: {
    units: 33,
    worst: async () => {
      const bearer = await app.accessToken(["policies:read"]);
      const draft = { kind: "MirrordClusterPolicy", name: "one", spec: largeSpec(31_000) };
      const answer = await app.call("POST", "/api/v1/policies/impact", { bearer, body: { draft, each_session: true } });
      expect(answer.status, answer.text).toBe(202);
    },
  },
  job: NOTHING,
  // The entry and its history, the audit row and the revision; transactions count twice, with the spec in two of them.
  catalogPut: { units: 2 * (2 * 33 + 6 + 1), worst: () => putPolicy("one", 201) },
  // With the put that it needs. The rows of the history get the tombstone's expiry.
  catalogDelete: {
    units: 2 * 2 * (2 * 33 + 6 + 1) + 2 * 33,
    worst: async () => {
      const { etag } = await putPolicy("one", 201);
      await changes("DELETE", "/api/v1/catalog/MirrordClusterPolicy/one", undefined, 204, { "if-match": String(etag) });
    },
  },
  catalogRestore: {
    units: 4 * (2 * 33 + 6 + 1),
    worst: async () => {
      await putPolicy("one", 201);
      await changes("POST", "/api/v1/catalog/MirrordClusterPolicy/one/restore", { generation: 1 }, 200);
    },
  },
  catalogApply: {
    units: 20 * 2 * (2 * 33 + 6) + 2,
    worst: () =>
      changes(
        "POST",
        "/api/v1/catalog/apply",
        {
          changes: numbered(20, (n) => ({
            action: "put",
            kind: "MirrordClusterPolicy",
            name: `p-${n}`,
            spec: largeSpec(31_000),
          })),
        },
        200,
      ),
  },
  // The first call that sees a license and its keys.
  licensePost: { units: 12, worst: () => post("/api/v1/license", licenseBody()) },
  // The first session of a period, by the first function that sees the license.
  sessionStart: { units: 18, worst: () => starts("s-1") },
  // A lost session ended in another month, on days that are closed, and ran on all that a session can.
  sessionEnd: {
    units: 25 + REOPENED * MARK,
    worst: async () => {
      await ends("lost", OLDEST + 40 * DAY_MS);
    },
  },
  heartbeat: {
    // Each start claims, each end is of an unknown session on days that are closed, each listed session was lost.
    units: 25 + REOPENED * MARK + EVENTS * (PER_START + 14 + 3 + 14) + 100 * 6,
    worst: async () => {
      const started = numbered(EVENTS, (n) => start(`started-${n}`, app.clock.now));
      const ended = numbered(EVENTS, (n) => {
        const from = OLDEST + HOUR_MS + n * 36 * DAY_MS * (DEEP ? 0.1 : 0.99);
        return {
          session_id: `ended-${n}`,
          ended_at: formatTime(from + 35 * DAY_MS),
          start: start(`ended-${n}`, from),
        };
      });
      const changed = numbered(EVENTS, (n) => ({
        session_id: `live-${n}`,
        locked_ports: numbered(4, (port) => ({ port: port + 1, kind: "steal", filter: "x".repeat(32) })),
      }));
      const errors = numbered(100, (n) => ({
        timestamp: formatTime(app.clock.now),
        error: `${n} ${"x".repeat(4_000)}`,
      }));
      const sessions = numbered(EVENTS, (n) => `gone-${n}`);
      const { accepted, rejected } = await beat({ started, ended, changed, errors, sessions });
      expect(rejected).toEqual([]);
      expect(accepted).toHaveLength(3 * EVENTS);
    },
  },
  sessionKill: { units: 10, worst: admin("sessions:delete", "DELETE", "/api/v1/sessions/live-1") },
  // By a filter, each session found is marked.
  sessionKillAll: {
    units: 10 + EVENTS * 3,
    worst: admin("sessions:deletecollection", "DELETE", "/api/v1/sessions?namespace=live"),
  },
  operatorRelease: {
    units: 15,
    // The operator takes a slot, and its sessions move to the new license.
    before: async () => {
      await app.setLicense({ edition: "community", max_operators: 1 }, { notBefore: OLDEST - DAY_MS });
      app.clock.now += 2 * MINUTE_MS;
      await beat({ sessions: LIVE, cluster_name: "one" });
    },
    worst: admin("operators:delete", "DELETE", "/api/v1/operators/one"),
  },
  seatRelease: {
    units: 15,
    worst: async () => {
      const { seats } = (await app.call("GET", "/api/v1/seats")).json;
      await admin("seats:delete", "DELETE", `/api/v1/seats/${seats[0].id}`)();
    },
  },
};

/** Sessions to end, lost ones to revive, and live ones to stop. */
const live = async (): Promise<void> => {
  app.clock.now = OLDEST;
  await starts("lost");
  await beat({ sessions: ["lost"] });
  app.clock.now += HOUR_MS;
  await beat({ sessions: [] });
  app.clock.now = START - HOUR_MS;
  const target = { namespace: "live", kind: "pod", name: "live" };
  const running = numbered(EVENTS, (n) => start(`live-${n}`, app.clock.now, { target }));
  const gone = numbered(EVENTS, (n) => start(`gone-${n}`, START - 30 * DAY_MS));
  // Each of them alone is all that one heartbeat may have.
  for (const started of [running, gone]) await beat({ started, sessions: [] });
  app.clock.now += 5 * MINUTE_MS;
  await beat({ sessions: LIVE });
  for (const day of await dirtyDays()) await app.table.write({ kind: "delete", key: dirtyDayKey(day) });
  app.clock.now += HOUR_MS;
};

describe("what one request may write", () => {
  it.each(ROUTES.map(({ name }) => name))("%s keeps to its bound", async (name) => {
    await open();
    const { units, worst, before } = BOUNDS[name];
    const route = ROUTES.find((one) => one.name === name);
    const path = `${route?.path}${name === "usageReport" ? "?format=json" : ""}`;
    if (worst !== undefined && !["licensePost", "sessionStart"].includes(name)) await live();
    await before?.();
    const written = await writtenBy(worst ?? (() => app.call(route?.method ?? "", path)));
    if (worst !== undefined) expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(units);
    expect((await dirtyDays()).length).toBeLessThanOrEqual(REOPENED);
  });
});

describe("a session that many policies refuse", () => {
  const refused = { policy_facts: { ...FACTS, features: ["steal"], http_filter: { header: "x".repeat(1_000) } } };
  const policies = numbered(30, (n) =>
    policy({ block: ["steal"] }, { name: `${"p".repeat(60)}.${"q".repeat(60)}.${n}` }),
  );

  it("keeps to the bound of a start", async () => {
    await open();
    await putCatalog(app, policies);
    const written = await writtenBy(() => post("/api/v1/sessions", start("s-1", app.clock.now, refused), 403));
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(BOUNDS.sessionStart.units);
  });

  it("keeps to the bound of an event in a heartbeat, which reports it while it runs", async () => {
    await open();
    await putCatalog(app, policies);
    const started = numbered(EVENTS, (n) => start(`s-${n}`, app.clock.now, { ...refused, ...userOf(`s-${n}`) }));
    const written = await writtenBy(async () => {
      const { denied } = await beat({ started, sessions: started.map(({ session_id }) => session_id) });
      expect(denied).toHaveLength(EVENTS);
    });
    expect(written).toBeGreaterThan(EVENTS);
    expect(written).toBeLessThanOrEqual(25 + EVENTS * PER_START);
  });
});

describe("one event of the far past", () => {
  const averages = async (): Promise<Record<string, number>> => {
    const { json } = await app.call("GET", "/api/v1/reports/usage?format=json&primary_key=username");
    return Object.fromEntries(
      json.userMetrics.map((one: { identifier: string; averageDailySessions: number }) => [
        one.identifier,
        one.averageDailySessions,
      ]),
    );
  };

  /** Three users of one day each, on a server whose days are closed. */
  const liveShort = async (): Promise<void> => {
    await open();
    for (const user of ["ana", "ben", "cy"]) {
      await starts(user);
      app.clock.now += MINUTE_MS;
      await ends(user, app.clock.now);
    }
    app.clock.now += 3 * DAY_MS;
    await closeAll(app);
  };

  it.each([
    ["an end of an unknown session that began 1,821 days ago", OLDEST + DAY_MS, START],
    ["an end of an unknown session that lasted 36 days", START - 36 * DAY_MS, START],
  ])("%s is refused, and writes nothing", async (_what, from, to) => {
    await liveShort();
    const event = { ended_at: formatTime(to), start: start("old", from) };
    expect(await writtenBy(() => post("/api/v1/sessions/old/end", event, 400))).toBe(0);
    expect((await beat({ ended: [{ ...event, session_id: "old" }] })).rejected).toMatchObject([
      { session_id: "old", code: "BadRequest" },
    ]);
  });

  // Each of these closes years of days: one of them, and with DEEP=1 all.
  const FAR_EVENTS: [name: string, event: () => Promise<void>][] = [
    [
      "an end with its start",
      async () => void (await ends("old", OLDEST + 30 * DAY_MS, { start: start("old", OLDEST + DAY_MS) })),
    ],
    [
      "a start, and its end years later",
      async () => {
        await post("/api/v1/sessions", start("old", OLDEST + DAY_MS), 201);
        await ends("old", app.clock.now);
      },
    ],
    [
      "a start in a heartbeat, and a list that leaves it out",
      async () => {
        await beat({ started: [start("old", OLDEST + DAY_MS)], sessions: [] });
        app.clock.now += 5 * MINUTE_MS;
        await beat({ sessions: [] });
      },
    ],
  ];
  it.each(triedAt(firstPlace(FAR_EVENTS.length), FAR_EVENTS))(
    "%s changes no mean per day of other users",
    async (_what, event) => {
      await liveShort();
      const before = await averages();
      expect(before["ana@example.com"]).toBeGreaterThan(0);
      await event();
      expect(await averages()).toMatchObject(before);
      expect((await dirtyDays()).length).toBeLessThanOrEqual(REOPENED);
      await closeAll(app);
      await closeAll(app);
      expect(await averages()).toMatchObject(before);
    },
  );
});

describe("a heartbeat with events of more closed days than one request reopens", () => {
  it("reopens 35 of them; the next run of the job reopens and closes the others", async () => {
    await open();
    app.clock.now = START - 90 * DAY_MS;
    await starts("first");
    await ends("first", app.clock.now);
    app.clock.now = START;
    await closeAll(app);
    const ended = numbered(60, (n) => {
      const from = START - (n + 3) * DAY_MS;
      return { session_id: `s-${n}`, ended_at: formatTime(from + HOUR_MS), start: start(`s-${n}`, from) };
    });
    expect((await beat({ ended })).accepted).toHaveLength(60);
    expect(await dirtyDays()).toHaveLength(REOPENED);
    // Those that wait still show what they showed.
    const { json } = await app.call("GET", "/api/v1/reports/usage/trends?days=80");
    const shown = (json.days as { date: string; sessionCount: number }[]).filter((day) => day.sessionCount > 0);
    expect(shown).toHaveLength(REOPENED);
    await closeAll(app);
    await expectClosedDays(app);
  });
});
