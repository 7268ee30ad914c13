import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest();
const wait = (ms: number) => {
  server().clock.now += ms;
};
const beat = async (agent: ReturnType<typeof agentAt>, listed: string[] | undefined, changes: object = {}) =>
  expectSuccess("heartbeat", await agent.beats(listed, { ...changes }));

describe("a heartbeat without a list", () => {
  it("renews the lease and ends nothing", async () => {
    const agent = agentAt(server());
    expectSuccess("licensePost", await agent.registers());
    await beat(agent, ["s-1"], { started: [agent.start("s-1")] });
    wait(10 * MINUTE_MS);
    expect(await beat(agent, undefined)).toMatchObject({
      list: "absent",
      lease: { token: expect.any(String) },
      unknown: [],
      conflict: [],
    });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "live" });
  });

  it("reports its events, and receives what to stop", async () => {
    const agent = agentAt(server());
    await agent.registers();
    await beat(agent, ["s-1", "s-2"], { started: [agent.start("s-1"), agent.start("s-2")] });
    const bearer = await server().accessToken(["sessions:delete"]);
    expect((await server().call("DELETE", "/api/v1/sessions/s-1", { bearer })).status).toBe(202);
    wait(MINUTE_MS);
    const ended = [{ session_id: "s-2", ended_at: formatTime(server().clock.now) }];
    expect(await beat(agent, undefined, { ended })).toMatchObject({ accepted: ["s-2"], terminate: ["s-1"] });
  });

  it("leaves the noted number, so that a list with any later number counts", async () => {
    const agent = agentAt(server());
    await agent.registers();
    const { seq } = await beat(agent, []);
    expect((await beat(agent, undefined)).seq).toBe(seq);
    expect(await beat(agent, [])).toMatchObject({ list: "taken", seq: seq + 2 });
  });

  it("moves no time of a lost session: it ends at the last heartbeat that listed it", async () => {
    const agent = agentAt(server());
    await agent.registers();
    await beat(agent, ["s-1"], { started: [agent.start("s-1")] });
    wait(10 * MINUTE_MS);
    await beat(agent, ["s-1"]);
    const endedAt = formatTime(server().clock.now);
    wait(HOUR_MS);
    await beat(agent, undefined);
    wait(HOUR_MS);
    await beat(agent, []);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt });
  });

  it("is refused from an operator, which always knows its sessions", async () => {
    const answer = await operatorAt(server()).beats([], { sessions: undefined });
    expectProblem(answer, 400, "BadRequest", ["sessions"]);
  });
});
