import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectSoundTable, storedSession } from "../../support/table-truth.ts";
import { endBody } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 3 } });
const now = () => server().clock.now;
const time = (at: number) => new Date(at).toISOString();
const registered = async () => {
  const agent = agentAt(server());
  await agent.registers();
  return agent;
};
const ended = (id: string, at: number, changes: object = {}) => ({ session_id: id, ended_at: time(at), ...changes });
const totals = async () => {
  const report = expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));
  return report.allTimeMetrics;
};

describe("an end that an agent infers", () => {
  it("keeps the session as lost at its last known activity, and counts it", async () => {
    const agent = await registered();
    await agent.beats(["s-1"], { started: [agent.start("s-1")] });
    server().clock.now += HOUR_MS;
    const { json } = await agent.beats([], { ended: [ended("s-1", now() - 40 * MINUTE_MS, { inferred: true })] });
    expect(json).toMatchObject({ accepted: ["s-1"], rejected: [] });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 1_200, inferred: true });
    expect(await totals()).toMatchObject({ totalSessionCount: 1, totalSessionTimeSeconds: 1_200 });
    await expectSoundTable(server());
  });

  it("is replaced by the true end, and by no second inferred one", async () => {
    const agent = await registered();
    await agent.beats(["s-1"], { started: [agent.start("s-1")] });
    server().clock.now += HOUR_MS;
    const inferred = (minutes: number) =>
      agent.beats([], { ended: [ended("s-1", now() - minutes * MINUTE_MS, { inferred: true })] });
    await inferred(40);
    expect((await inferred(30)).json.accepted).toEqual(["s-1"]);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 1_200 });
    await agent.beats([], { ended: [ended("s-1", now() - 10 * MINUTE_MS)] });
    const record = await storedSession(server(), "s-1");
    expect(record).toMatchObject({ state: "ended", seconds: 3_000 });
    expect(record).not.toHaveProperty("inferred");
    await inferred(5);
    expect(await totals()).toMatchObject({ totalSessionCount: 1, totalSessionTimeSeconds: 3_000 });
    await expectSoundTable(server());
  });

  it("is withdrawn where a later list has the session again", async () => {
    const agent = await registered();
    await agent.beats(["s-1"], { started: [agent.start("s-1")] });
    server().clock.now += HOUR_MS;
    await agent.beats([], { ended: [ended("s-1", now() - MINUTE_MS, { inferred: true })] });
    server().clock.now += MINUTE_MS;
    await agent.beats(["s-1"]);
    const record = await storedSession(server(), "s-1");
    expect(record?.["state"]).toBe("live");
    for (const field of ["endedAt", "seconds", "inferred", "shard"]) expect(record).not.toHaveProperty(field);
    expect(await totals()).toMatchObject({ totalSessionCount: 0 });
    await expectSoundTable(server());
  });

  it("replaces what the server gave up on its own, as the agent knows more", async () => {
    const agent = await registered();
    await agent.beats(["s-1"], { started: [agent.start("s-1")] });
    server().clock.now += 10 * MINUTE_MS;
    await agent.beats([]);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 0 });
    await agent.beats([], { ended: [ended("s-1", now() - 4 * MINUTE_MS, { inferred: true })] });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 360 });
    await expectSoundTable(server());
  });
});

describe("a start of a session that is known", () => {
  it("is rejected with SessionEnded once the session is over", async () => {
    const agent = await registered();
    const start = agent.start("s-1");
    await agent.beats(["s-1"], { started: [start] });
    await server().call("POST", "/api/v1/sessions/s-1/end", { body: endBody(now()) });
    const { json } = await agent.beats([], { started: [start] });
    expect(json).toMatchObject({ accepted: [], rejected: [{ session_id: "s-1", code: "SessionEnded" }] });
  });

  it("makes a lost session live at once, with its seat and without its usage", async () => {
    const agent = await registered();
    const start = agent.start("s-1");
    await agent.beats(["s-1"], { started: [start] });
    server().clock.now += 10 * MINUTE_MS;
    await agent.beats([], { ended: [ended("s-1", now(), { inferred: true })] });
    const { json } = await agent.beats(undefined, { started: [start] });
    expect(json.accepted).toEqual(["s-1"]);
    const record = await storedSession(server(), "s-1");
    expect([record?.["state"], typeof record?.["seatId"]]).toEqual(["live", "string"]);
    expect(await totals()).toMatchObject({ totalSessionCount: 0 });
    expect((await agent.beats(["s-1"])).json.unknown).toEqual([]);
    await expectSoundTable(server());
  });

  it("counts no minute more where the session turns out to be gone all the same", async () => {
    const agent = await registered();
    const start = agent.start("s-1");
    await agent.beats(["s-1"], { started: [start] });
    server().clock.now += 10 * MINUTE_MS;
    await agent.beats([], { ended: [ended("s-1", now(), { inferred: true })] });
    for (let beats = 0; beats < 6; beats += 1) {
      server().clock.now += HOUR_MS;
      await agent.beats([], beats === 4 ? { started: [start] } : {});
    }
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 600 });
    await expectSoundTable(server());
  });
});
