import { beforeEach, describe, expect, it } from "vitest";
import type { Key } from "../../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS } from "../../../shared/contract/time.ts";
import type { Item } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { samplesIn } from "../../support/scrape.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";
import { heartbeatBody } from "../../support/wire.ts";
// Taken from the table of a server of release 0.1, commit af20970: ana's ended and live session, a live CI session, ben's denial.
import itemsOfRelease from "./items.json" with { type: "json" };

const WRITTEN = Date.parse("2026-11-21T14:30:02.772Z");
const ITEMS: readonly (Item & Key)[] = itemsOfRelease;
const ANA_SEAT = "Ial9KGckwmRCMB6CSHR6ZMdXW32R2uTSJcaUfvJdvEo";

const server = serverPerTest({ terms: { max_seats: 1, subscription_id: "sub-1" } });
const get = (path: string) => server().call("GET", path);
const beats = (seq: number, sessions: string[], more: object = {}) =>
  server().call("POST", "/api/v1/heartbeat", {
    body: heartbeatBody(server().clock.now, { instance_id: "op-1", seq, sessions, ...more }),
  });
const operator = async () => server().table.get({ pk: "OPERATORS", sk: "op-1" }, { consistent: true });

beforeEach(async () => {
  const { table, clock } = server();
  clock.now = WRITTEN + 10_000;
  for (const item of ITEMS) await table.write({ kind: "put", item });
});

describe("what the release before wrote, before anything else was written", () => {
  it("is of the version that is written today", async () => {
    expect(new Set((await storedItems(server())).map(({ v }) => v))).toEqual(new Set([1]));
  });

  it("shows its live sessions and its operator", async () => {
    const { sessions } = expectSuccess("sessionList", await get("/api/v1/sessions"));
    expect(sessions.map(({ id, user, ci, cluster }) => ({ id, user, ci, cluster }))).toEqual([
      { id: "s-live", user: "ana Example/ana@example.com@ana-laptop", ci: false, cluster: "prod" },
      { id: "s-ci", user: "bot Example/bot@example.com@bot-laptop", ci: true, cluster: "prod" },
    ]);
    const { operators } = expectSuccess("operatorList", await get("/api/v1/operators"));
    expect(operators).toMatchObject([{ instance_id: "op-1", cluster: "prod" }]);
  });

  it("shows its seat, its denial, its audit and its operator's error", async () => {
    const book = expectSuccess("seatList", await get("/api/v1/seats"));
    expect(book).toMatchObject({ used: 1, max: 1, available: 0, seats: [{ id: ANA_SEAT }] });
    const denials = await get("/api/v1/reports/denials");
    expect([denials.status, denials.text]).toEqual([200, expect.stringContaining("ben@example.com")]);
    const bearer = await server().accessToken(["audit:read"]);
    const audit = expectSuccess("auditList", await server().call("GET", "/api/v1/audit", { bearer }));
    const actions = audit.entries.map(({ action }) => action).filter((action) => action.startsWith("seat."));
    expect(actions).toEqual(["seat.claimed", "seat.denied"]);
    const errors = await get("/api/v1/reports/errors");
    expect(errors.json.entries).toMatchObject([{ error: "agent: pod evicted", instance_id: "op-1" }]);
  });

  it("is in the report, in the trends of its day and in the metrics", async () => {
    const report = expectSuccess("usageReport", await get("/api/v1/reports/usage?format=json"));
    expect(report.allTimeMetrics).toEqual({
      totalSessionCount: 1,
      totalSessionTimeSeconds: 600,
      totalCiSessionCount: 0,
      totalPreviewCount: 0,
    });
    expect(report.userMetrics).toMatchObject([{ identifier: "machine-ana", totalSessionCount: 1 }]);
    server().clock.now += DAY_MS;
    await server().invoke("dayClose");
    const { days } = expectSuccess("usageTrends", await get("/api/v1/reports/usage/trends?days=2"));
    expect(days[0]).toMatchObject({
      date: "2026-11-21",
      sessionCount: 1,
      sessionTimeSeconds: 600,
      maxConcurrentSessions: 2,
      maxConcurrentCiSessions: 1,
      seatsClaimed: 1,
      denials: 1,
    });
    const samples = samplesIn((await get("/metrics")).text);
    expect(samples["license_server_seats_used"]).toBe(1);
  });
});

describe("an operator that the release before knew", () => {
  it("goes on with its sessions: nothing is lost, unknown or in conflict, and their ends count", async () => {
    const answer = expectSuccess("heartbeat", await beats(3, ["s-live", "s-ci"]));
    expect(answer).toMatchObject({ terminate: [], unknown: [], conflict: [], rejected: [] });
    const ended_at = new Date(server().clock.now).toISOString();
    const ended = ["s-live", "s-ci"].map((session_id) => ({ session_id, ended_at }));
    expect(expectSuccess("heartbeat", await beats(4, [], { ended })).accepted).toEqual(["s-live", "s-ci"]);
    const report = expectSuccess("usageReport", await get("/api/v1/reports/usage?format=json"));
    expect(report.allTimeMetrics).toMatchObject({ totalSessionCount: 2, totalCiSessionCount: 1 });
  });

  it("counts its CI sessions among people's only until its live set is looked at, fifteen minutes at most", async () => {
    server().clock.now += HOUR_MS / 4;
    await beats(3, ["s-live", "s-ci"]);
    expect(await operator()).toMatchObject({ liveCount: 2, liveCi: 1 });
    const samples = samplesIn((await get("/metrics")).text);
    expect(samples['license_server_sessions_active{ci="true"}']).toBe(1);
    expect(samples['license_server_sessions_active{ci="false"}']).toBe(1);
  });

  it("that it gave up after a rollback, with its totals in its item, keeps them once the item is gone", async () => {
    const { table, clock } = server();
    const found = ITEMS.find(({ pk }) => pk === "OPERATORS");
    // This release had counted in it; the one before took its sessions away, and knew of neither `liveCi` nor the totals.
    const counted = { counted: 9, made: 5, ran: 500, ran300: 4, ciMade: 2, liveCi: 1 };
    const givenUp = { liveCount: 0, liveSum: 0, expiresAt: 1_900_000_000 };
    const item = { pk: "OPERATORS", sk: "op-2", ...found, ...counted, ...givenUp };
    await table.write({ kind: "put", item: { ...item, sk: "op-2", book: undefined } });
    clock.now += 3 * DAY_MS;
    const before = samplesIn((await get("/metrics")).text);
    await server().invoke("reaper");
    const left = await table.get({ pk: "OPERATORS", sk: "op-2" }, { consistent: true });
    expect(left).toMatchObject({ liveCi: 0 });
    expect(left?.["made"]).toBeUndefined();
    await table.write({ kind: "delete", key: { pk: "OPERATORS", sk: "op-2" } });
    const after = samplesIn((await get("/metrics")).text);
    expect(after["mirrord_sessions_create_total"]).toBe(5);
    expect(after["mirrord_sessions_create_total"]).toBe(before["mirrord_sessions_create_total"]);
    await server().invoke("reaper");
    expect(samplesIn((await get("/metrics")).text)["mirrord_sessions_create_total"]).toBe(5);
  });
});
