import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { closeAll, dayText, expectClosedDays } from "../../support/day-truth.ts";
import { earlierRow } from "../../support/earlier-row.ts";
import { samplesIn } from "../../support/scrape.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";
import { endBody, heartbeatBody, startBody } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });
const now = () => server().clock.now;
const start = (changes: object) =>
  server().call("POST", "/api/v1/sessions", { body: startBody(now(), { ...changes }) });
const end = (id: string, changes: object = {}) =>
  server().call("POST", `/api/v1/sessions/${id}/end`, { body: endBody(now(), { ...changes }) });
const report = async () =>
  expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));
const listed = async () => expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions")).sessions;
const usedSeats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats?summary=true")).used;
const CI_INFO = { provider: "github", pipeline: "e2e", environment: "staging", triggered_by: "PR" };
const preview = (id: string, changes: object = {}) => ({
  session_id: id,
  session_kind: "preview",
  ci: true,
  client: undefined,
  ...changes,
});

describe("the kind of a session", () => {
  it("is what session_kind says, whatever ci says; without it, ci decides", async () => {
    await start({ session_id: "user", session_kind: "user", ci: true });
    await start({ session_id: "ci", session_kind: "ci", ci_info: CI_INFO });
    await start({ session_id: "old-ci", ci: true });
    await start(preview("preview"));
    const kinds = (await listed()).map(({ id, session_kind, ci }) => [id, session_kind, ci]);
    expect(kinds.sort()).toEqual([
      ["ci", "ci", true],
      ["old-ci", "ci", true],
      ["preview", "preview", true],
      ["user", "user", false],
    ]);
    expect(await usedSeats()).toBe(1);
  });

  it("gives a preview no seat and figures of its own, apart from CI", async () => {
    await start(preview("p-1"));
    await start({ session_id: "ci-1", session_kind: "ci", ci_info: CI_INFO });
    server().clock.now += 90_000;
    await Promise.all([end("p-1"), end("ci-1")]);
    await start(preview("p-2"));
    expect(await usedSeats()).toBe(0);
    const { allTimeMetrics, ciMetrics, previewMetrics, machineSessions, generalMetrics } = await report();
    expect(generalMetrics.activeUsers).toBe(0);
    expect(allTimeMetrics).toMatchObject({ totalSessionCount: 0, totalCiSessionCount: 1, totalPreviewCount: 1 });
    expect(ciMetrics).toMatchObject({ currentRunningSessions: 0, totalCiSessions: 1 });
    expect(previewMetrics).toEqual({
      currentRunningPreviews: 1,
      maxConcurrentPreviews: 1,
      totalPreviews: 1,
      avgPreviewDurationSeconds: 90,
    });
    const runs = { totalSessionCount: 1, totalSessionTimeSeconds: 90, p95SessionDurationSeconds: 90 };
    expect(machineSessions).toMatchObject([
      { kind: "ci", provider: "github", pipeline: "e2e", environment: "staging", trigger: "PR", ...runs },
      { kind: "preview", provider: "", pipeline: "", environment: "", trigger: "", ...runs },
    ]);
    await expectSoundTable(server());
  });

  it("is counted apart in the metrics", async () => {
    await start(preview("p-1"));
    await start(preview("p-2"));
    await start({ session_id: "ci-1", ci: true });
    await end("p-2");
    const samples = samplesIn((await server().call("GET", "/metrics")).text);
    expect(samples['license_server_sessions_active{ci="true"}']).toBe(1);
    expect(samples["license_server_previews_active"]).toBe(1);
    expect(samples["license_server_previews_create_total"]).toBe(2);
    expect(samples["mirrord_ci_sessions_create_total"]).toBe(1);
  });

  it("lets a preview last a year and a day, and ends any other session after 35 days", async () => {
    const startedAt = new Date(now()).toISOString();
    for (const body of [preview("p-1"), preview("p-2"), { session_id: "ci-1", ci: true }]) await start(body);
    server().clock.now += 200 * DAY_MS;
    const seconds = async (id: string) => expectSuccess("sessionEnd", await end(id)).duration_secs;
    expect([await seconds("p-1"), await seconds("ci-1")]).toEqual([200 * 86_400, 35 * 86_400]);
    server().clock.now += 200 * DAY_MS;
    expect(await seconds("p-2")).toBe(366 * 86_400);
    const late = await end("p-3", { start: startBody(now(), { ...preview("p-3"), started_at: startedAt }) });
    expect(late.json.errors).toMatchObject([{ message: "must be at most 366 days after the session's start" }]);
  });

  it("is recorded with what else a start says, and shown in the list", async () => {
    const target = { namespace: "shop", kind: "deployment", name: "checkout", container: "main" };
    const more = { copy_target: true, header_filter: "x-user: ana", branch: "fix", key: "k", target };
    await start({ session_kind: "ci", ci_info: CI_INFO, target_labels: { app: "checkout" }, ...more });
    expect(await listed()).toMatchObject([
      { ci_info: CI_INFO, copy_target: true, header_filter: "x-user: ana", branch: "fix", key: "k", denied_code: null },
    ]);
    const item = (await storedItems(server())).find(({ pk }) => pk === "SESSION#s-1");
    expect(item).toMatchObject({ targetLabels: { app: "checkout" }, target });
  });
});

describe("the machine sessions of a day", () => {
  it("have their peak at once by kind and by run, previews also where they ran for months", async () => {
    const first = now();
    await start(preview("long"));
    server().clock.now += 50 * DAY_MS;
    const ends = [];
    for (const [id, pipeline] of [
      ["a", "one"],
      ["b", "one"],
      ["c", "two"],
    ] as const) {
      ends.push(id);
      await start({ session_id: id, session_kind: "ci", ci_info: { pipeline } });
    }
    const day = dayText(now());
    server().clock.now += MINUTE_MS;
    for (const id of ends) await end(id);
    server().clock.now += 20 * DAY_MS;
    await end("long");
    server().clock.now += DAY_MS;
    await closeAll(server());
    await expectClosedDays(server());
    const { machineSessions, previewMetrics } = await report();
    expect(previewMetrics.maxConcurrentPreviews).toBe(1);
    expect(machineSessions.map(({ pipeline, maxConcurrentSessions }) => [pipeline, maxConcurrentSessions])).toEqual([
      ["", 1],
      ["one", 2],
      ["two", 1],
    ]);
    const { days } = expectSuccess("usageTrends", await server().call("GET", "/api/v1/reports/usage/trends?days=100"));
    const ran = days.filter(({ maxConcurrentPreviews }) => maxConcurrentPreviews === 1).map(({ date }) => date);
    expect([ran[0], ran.length]).toEqual([dayText(first), 71]);
    expect(days.find(({ date }) => date === day)).toMatchObject({ maxConcurrentCiSessions: 3, previewCount: 0 });
  });

  it("are told apart by 500 runs, and count together beyond", async () => {
    const run = async (place: number) => {
      const ended = Array.from({ length: 100 }, (_, nth) => {
        const id = `s-${place}-${nth}`;
        const pipeline = `${String(place * 100 + nth).padStart(4, "0")}${"x".repeat(90)}`;
        const begun = startBody(now() - HOUR_MS, { session_id: id, session_kind: "ci", ci_info: { pipeline } });
        return { session_id: id, ended_at: new Date(now()).toISOString(), start: begun };
      });
      await server().call("POST", "/api/v1/heartbeat", { body: heartbeatBody(now(), { seq: place + 1, ended }) });
    };
    for (let place = 0; place < 6; place += 1) await run(place);
    const { machineSessions, ciMetrics } = await report();
    expect(ciMetrics.totalCiSessions).toBe(600);
    const [other, ...others] = machineSessions;
    expect(other).toMatchObject({ provider: "other", pipeline: "other", totalSessionCount: 100 });
    expect([others.length, new Set(others.map(({ pipeline }) => pipeline.length))]).toEqual([500, new Set([64])]);
    await expectSoundTable(server());
  });

  it("count in a row without a kind where an earlier release ended one as lost, until its true end replaces that", async () => {
    const agent = agentAt(server());
    await agent.registers();
    await agent.beats(["ci-1"], { started: [agent.start("ci-1", "bot", { session_kind: "ci", ci_info: CI_INFO })] });
    const item = (await storedItems(server())).find(({ pk }) => pk === "SESSION#ci-1");
    // What the release before wrote: it kept the fields of the record, and knew nothing of how to count it.
    const endedAt = new Date(now() + MINUTE_MS).toISOString();
    const lost = { state: "lost", endedAt, at: endedAt, seconds: 60, shard: 0, list: `ENDED#${endedAt.slice(0, 10)}` };
    await server().table.write({
      kind: "put",
      item: { ...(item as { pk: string; sk: string }), ...lost, expiresAt: 9e9 },
    });
    for (const period of [endedAt.slice(0, 10), endedAt.slice(0, 7)])
      await server().table.write({ kind: "put", item: earlierRow(period, item ?? {}, endedAt) });
    await expectSoundTable(server());
    server().clock.now += 5 * MINUTE_MS;
    await agent.beats([], { ended: [{ session_id: "ci-1", ended_at: new Date(now()).toISOString() }] });
    await expectSoundTable(server());
    const { machineSessions, ciMetrics } = await report();
    expect(ciMetrics.totalCiSessions).toBe(1);
    expect(machineSessions).toMatchObject([{ provider: "github", totalSessionTimeSeconds: 300 }]);
  });
});
