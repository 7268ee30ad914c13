import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { samplesIn } from "../../support/scrape.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectDigest, expectSoundTable, storedSession } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 5, subscription_id: "sub-1" } });
const now = () => server().clock.now;
const time = (at: number) => new Date(at).toISOString();
const record = (id: string) => storedSession(server(), id);
const usedSeats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats?summary=true")).used;
const report = async () =>
  expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));

/** The agents of the primary cluster and of a member. */
const clusters = async () => {
  const [primary, member] = [agentAt(server(), { cluster: "primary" }), agentAt(server(), { cluster: "member" })];
  for (const agent of [primary, member]) await agent.registers();
  return { primary, member };
};
const child = (kind: "user" | "ci", changes: object = {}) => ({
  session_id: "mc-1-member.1",
  parent_id: "mc-1",
  session_kind: kind,
  ...changes,
});
const startOfChild = (agent: ReturnType<typeof agentAt>, kind: "user" | "ci", changes: object = {}) =>
  agent.start("mc-1-member.1", "ana", { parent_id: "mc-1", session_kind: kind, ...changes });

describe("a part of a multi-cluster session", () => {
  it("is in no list, seat, digest or report, and gives its session key and branch", async () => {
    const { primary, member } = await clusters();
    await primary.beats(["mc-1"], { started: [primary.start("mc-1")] });
    const { json } = await member.beats([], {
      started: [startOfChild(member, "user")],
      children: [child("user", { key: "checkout-fix", branch: "fix/checkout" })],
    });
    expect(json).toMatchObject({ accepted: ["mc-1-member.1"], rejected: [], unknown: [] });
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions.map(({ id, key, branch }) => [id, key, branch])).toEqual([
      ["mc-1", "checkout-fix", "fix/checkout"],
    ]);
    expect(await usedSeats()).toBe(1);
    await expectDigest(server(), member.instanceId, []);
    server().clock.now += MINUTE_MS;
    const start = startOfChild(member, "user");
    const ended = [{ session_id: "mc-1-member.1", ended_at: time(now()), start }];
    expect((await member.beats([], { ended })).json.accepted).toEqual(["mc-1-member.1"]);
    await primary.beats([], { ended: [{ session_id: "mc-1", ended_at: time(now()) }] });
    expect((await report()).userMetrics).toMatchObject([{ totalSessionCount: 1, totalSessionTimeSeconds: 60 }]);
    await expectSoundTable(server());
  });

  it("that is CI makes the session CI, and its seat is given back", async () => {
    const { primary, member } = await clusters();
    await primary.beats(["mc-1"], { started: [primary.start("mc-1")] });
    expect(await usedSeats()).toBe(1);
    await member.beats([], { children: [child("ci")] });
    // A count is shown for ten seconds.
    server().clock.now += MINUTE_MS / 4;
    expect(await usedSeats()).toBe(0);
    const parent = await record("mc-1");
    expect(parent).toMatchObject({ state: "live", ci: true, kind: "ci" });
    expect(parent).not.toHaveProperty("seatId");
    const samples = samplesIn((await server().call("GET", "/metrics")).text);
    expect(samples['license_server_sessions_active{ci="true"}']).toBe(1);
    expect((await primary.beats(["mc-1"])).json).toMatchObject({ unknown: [], denied: [] });
    server().clock.now += MINUTE_MS;
    await primary.beats([], { ended: [{ session_id: "mc-1", ended_at: time(now()) }] });
    expect(await report()).toMatchObject({ ciMetrics: { totalCiSessions: 1 }, userMetrics: [] });
    await expectSoundTable(server());
  });

  it("that is CI moves the usage of a session that is over already", async () => {
    const { primary, member } = await clusters();
    await primary.beats(["mc-1"], { started: [primary.start("mc-1")] });
    server().clock.now += MINUTE_MS;
    await primary.beats([], { ended: [{ session_id: "mc-1", ended_at: time(now()) }] });
    await member.beats([], { children: [child("ci")] });
    expect(await report()).toMatchObject({ ciMetrics: { totalCiSessions: 1 }, userMetrics: [] });
    expect(await usedSeats()).toBe(0);
    await expectSoundTable(server());
  });

  it.each([
    ["another session of the user runs on it", ["other"]],
    ["another session of the user has run on it", []],
  ])("leaves the seat where %s", async (_, running) => {
    const { primary, member } = await clusters();
    await primary.beats(["mc-1"], { started: [primary.start("mc-1")] });
    await member.beats(["other"], { started: [member.start("other")] });
    server().clock.now += MINUTE_MS;
    const ended = running.length > 0 ? [] : [{ session_id: "other", ended_at: time(now()) }];
    await member.beats(running, { ended, children: [child("ci")] });
    expect(await record("mc-1")).toMatchObject({ kind: "ci" });
    expect(await usedSeats()).toBe(1);
    await expectSoundTable(server());
  });

  it("leaves a seat that another session claimed", async () => {
    const { primary, member } = await clusters();
    await member.beats(["first"], { started: [member.start("first")] });
    await primary.beats(["mc-1"], { started: [primary.start("mc-1")] });
    await member.beats(["first"], { children: [child("ci")] });
    expect(await record("mc-1")).toMatchObject({ kind: "ci" });
    expect(await usedSeats()).toBe(1);
  });

  it("that ends before its session is known puts the session as lost, from the first start to the last end", async () => {
    const { primary, member } = await clusters();
    const [first, second] = [startOfChild(member, "ci"), { ...startOfChild(member, "ci"), session_id: "mc-1-b.2" }];
    server().clock.now += 5 * MINUTE_MS;
    const end = (start: typeof first, minutes: number) => ({
      ...{ session_id: start["session_id"], start },
      ended_at: time(now() - minutes * MINUTE_MS),
    });
    await member.beats([], { ended: [end(first, 3)] });
    expect(await record("mc-1")).toMatchObject({ state: "lost", ci: true, kind: "ci", seconds: 120 });
    expect(await record("mc-1-member.1")).toBeUndefined();
    await member.beats([], { ended: [end(second, 1)] });
    await member.beats([], { ended: [end(first, 3)] });
    expect(await record("mc-1")).toMatchObject({ state: "lost", seconds: 240 });
    expect(await report()).toMatchObject({ ciMetrics: { totalCiSessions: 1, avgCiSessionDurationSeconds: 240 } });
    await expectSoundTable(server());
    // The session's agent is back: the server asks for the start, which replaces what was known.
    expect((await primary.beats(["mc-1"])).json.unknown).toEqual(["mc-1"]);
    const start = primary.start("mc-1", "bo", { started_at: time(now() - 6 * MINUTE_MS) });
    await primary.beats(["mc-1"], { started: [start] });
    expect(await record("mc-1")).toMatchObject({ state: "live", kind: "ci", instanceId: primary.instanceId });
    expect(await record("mc-1")).not.toHaveProperty("placeholder");
    await expectDigest(server(), primary.instanceId, ["mc-1"]);
    await primary.beats([], { ended: [{ session_id: "mc-1", ended_at: time(now()) }] });
    expect(await report()).toMatchObject({ ciMetrics: { totalCiSessions: 1, avgCiSessionDurationSeconds: 360 } });
    await expectSoundTable(server());
  });

  it("is replaced by the end of its session, too, and a user's session then takes its seat in the next heartbeat", async () => {
    const { primary, member } = await clusters();
    const part = startOfChild(member, "user");
    server().clock.now += MINUTE_MS;
    await member.beats([], { ended: [{ session_id: part["session_id"], ended_at: time(now()), start: part }] });
    const start = primary.start("mc-1");
    await primary.beats(["mc-1"], { started: [start] });
    await primary.beats(["mc-1"]);
    expect(await usedSeats()).toBe(1);
    server().clock.now += MINUTE_MS;
    await primary.beats([], { ended: [{ session_id: "mc-1", ended_at: time(now()), start }] });
    expect((await report()).userMetrics).toMatchObject([{ totalSessionCount: 1, totalSessionTimeSeconds: 60 }]);
    await expectSoundTable(server());
  });
});
