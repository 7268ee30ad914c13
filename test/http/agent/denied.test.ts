import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { type AgentSettings, agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 1 } });
const wait = (ms: number) => {
  server().clock.now += ms;
};
const agent = (settings: AgentSettings = {}) => agentAt(server(), settings);
type Agent = ReturnType<typeof agentAt>;
const beat = async (by: Agent, listed: string[] | undefined, changes: object = {}) =>
  expectSuccess("heartbeat", await by.beats(listed, { ...changes }));
const flagOf = async (by: Agent) =>
  (await server().table.get(operatorKey(by.instanceId), { consistent: true }))?.["hasDenied"];

/** An agent whose cluster runs ana's session on the only seat, and ben's without one, which began `age` ago. */
const denied = async (settings: AgentSettings, { age = SECOND_MS, start = {} } = {}) => {
  const by = agent(settings);
  await by.registers();
  const began = { started_at: formatTime(server().clock.now - age), ...start };
  const started = [by.start("s-ana"), by.start("s-ben", "ben", began)];
  await beat(by, ["s-ana"], { started: [started[0]] });
  const first = await beat(by, ["s-ana", "s-ben"], { started: [started[1]] });
  return { by, first };
};

describe("a session that an agent reports and that finds no seat", () => {
  it("is denied, and not to be stopped, if the agent does not enforce seats", async () => {
    const { by, first } = await denied({ enforces: false });
    expect(first).toMatchObject({ denied: [{ session_id: "s-ben", code: "MaxSeatCountReached" }], terminate: [] });
    wait(MINUTE_MS);
    expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual([]);
  });

  it("is to be stopped, if it does, at every heartbeat until it is gone, and then nothing is read", async () => {
    const { by, first } = await denied({ enforces: true });
    expect(first.terminate).toEqual(["s-ben"]);
    for (let beats = 0; beats < 3; beats += 1) {
      wait(MINUTE_MS);
      expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual(["s-ben"]);
    }
    expect((await beat(by, undefined)).terminate).toEqual(["s-ben"]);
    const ended = [{ session_id: "s-ben", ended_at: formatTime(server().clock.now) }];
    expect((await beat(by, ["s-ana"], { ended })).terminate).toEqual([]);
    expect(await flagOf(by)).toBeUndefined();
    const before = server().consumed.length;
    await beat(by, ["s-ana"]);
    expect(
      server()
        .consumed.slice(before)
        .map(({ operation }) => operation),
    ).toEqual(["UpdateItem"]);
  });

  it("is to be stopped by a later process that enforces seats, if it was denied when it had just begun", async () => {
    await denied({ enforces: false, process: "one" });
    wait(HOUR_MS);
    const by = agent({ enforces: true, process: "two" });
    await by.registers();
    expect((await beat(by, undefined)).terminate).toEqual(["s-ben"]);
    expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual(["s-ben"]);
  });

  it.each([
    [4 * MINUTE_MS + 59 * SECOND_MS, ["s-ben"]],
    [5 * MINUTE_MS, []],
  ])(
    "that had run for %i ms when it was denied is to be stopped only if it is younger than 5 minutes",
    async (age, stopped) => {
      const { by, first } = await denied({ enforces: true }, { age });
      expect(first.terminate).toEqual(stopped);
      wait(MINUTE_MS);
      expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual(stopped);
    },
  );

  it("is not to be stopped because an operator denied its seat to a session of another cluster", async () => {
    const { by } = await denied({ enforces: true });
    const other = agent({ enforces: true, cluster: "other" });
    await other.registers();
    expect((await beat(other, [])).terminate).toEqual([]);
    expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual(["s-ben"]);
  });

  it("is stopped as before by an operator, which need not report again what it denied", async () => {
    const operator = operatorAt(server());
    await operator.starts("s-ana");
    const answer = await operator.beats(["s-ana", "s-ben"], { started: [operator.start("s-ben", "ben")] });
    expect(expectSuccess("heartbeat", answer)).toMatchObject({ terminate: ["s-ben"] });
    expect(expectSuccess("heartbeat", await operator.beats(["s-ana", "s-ben"])).terminate).toEqual([]);
  });

  it("is still to be stopped if the function was killed before it noted the denial", async () => {
    const { by } = await denied({ enforces: true });
    await server().table.write({
      kind: "update",
      key: operatorKey(by.instanceId),
      // As if the write that moves the digest never came.
      update: {
        expression: "SET liveCount = :one, liveSum = :none REMOVE hasDenied",
        values: { ":one": 1, ":none": 0 },
      },
    });
    wait(MINUTE_MS);
    await beat(by, ["s-ana", "s-ben"]);
    wait(MINUTE_MS);
    expect((await beat(by, ["s-ana", "s-ben"])).terminate).toEqual(["s-ben"]);
  });
});

describe("a machine session", () => {
  it.each(["ci", "preview"])("of kind %s is never to be stopped for a seat", async (kind) => {
    const { first } = await denied({ enforces: true }, { start: { session_kind: kind } });
    expect(first).toMatchObject({ accepted: ["s-ben"], denied: [], terminate: [] });
  });
});
