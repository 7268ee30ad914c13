import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { agentAt, CLUSTER } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest();
const wait = (ms: number) => {
  server().clock.now += ms;
};
const agent = (process: string) => agentAt(server(), { process });
type Agent = ReturnType<typeof agentAt>;
const beat = async (by: Agent, listed: string[] | undefined, changes: object = {}) =>
  expectSuccess("heartbeat", await by.beats(listed, { ...changes }));
const register = async (by: Agent, changes: object = {}) =>
  expectSuccess("licensePost", await by.registers({ ...changes }));
const errors = async () => expectSuccess("errorReport", await server().call("GET", "/api/v1/reports/errors")).entries;
const state = async (id: string) => (await storedSession(server(), id))?.["state"];

/** An agent's process with a session that runs for ten minutes. */
const running = async (): Promise<Agent> => {
  const old = agent("old");
  await register(old);
  await beat(old, ["s-1"], { started: [old.start("s-1")] });
  wait(10 * MINUTE_MS);
  await beat(old, ["s-1"]);
  return old;
};

describe("a process that a later registration replaced", () => {
  it("is answered superseded: its events are recorded, its list ends nothing", async () => {
    const old = await running();
    await register(agent("new"));
    wait(SECOND_MS);
    const started = [old.start("s-2")];
    expect(await beat(old, [], { started })).toMatchObject({
      superseded: true,
      list: "refused",
      accepted: ["s-2"],
      terminate: [],
      lease: { token: expect.any(String) },
    });
    expect([await state("s-1"), await state("s-2")]).toEqual(["live", "live"]);
  });

  it("is superseded without a list, too, and stays so after heartbeats of the current one", async () => {
    const old = await running();
    const current = agent("new");
    await register(current);
    await beat(current, ["s-1"]);
    wait(MINUTE_MS);
    expect(await beat(old, undefined)).toMatchObject({ superseded: true, list: "absent" });
    expect(await beat(current, ["s-1"])).not.toHaveProperty("superseded");
  });

  it("does not change what the server knows of the agent", async () => {
    const old = await running();
    await register(agent("new"), { operator_version: "3.180.0" });
    await beat(old, [], { operator_version: "3.1.0" });
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown).toMatchObject({ version: "3.180.0", agent: { process_id: "new" } });
  });

  it("is no error of the operator: an update of the agent replaces a process", async () => {
    const old = await running();
    await register(agent("new"));
    await beat(old, []);
    await beat(old, []);
    expect(await errors()).toEqual([]);
  });
});

describe("two processes that take turns", () => {
  it("are an error that names both: one registers again after it was replaced", async () => {
    const [one, other] = [agent("one"), agent("other")];
    await register(one);
    wait(SECOND_MS);
    await register(other);
    wait(SECOND_MS);
    await register(one);
    const [error, ...more] = await errors();
    expect(error?.error).toContain("one and other");
    expect(more).toEqual([]);
    expect(await beat(other, [])).toMatchObject({ superseded: true });
    expect(await beat(one, [])).toMatchObject({ list: "taken" });
  });

  it("are an error that names both: each stops when it is superseded, and starts under a new id", async () => {
    await register(agent("a-1"));
    const first = agent("b-1");
    await register(first);
    expect((await beat(agent("a-1"), [])).superseded).toBe(true);
    wait(MINUTE_MS);
    await register(agent("a-2"));
    expect((await beat(first, [])).superseded).toBe(true);
    expect((await errors()).map(({ error }) => error)).toEqual([expect.stringContaining("b-1 and a-2")]);
  });

  it("are no error if that happens again a day later", async () => {
    for (const [old, next] of [
      ["a", "b"],
      ["b", "c"],
    ] as const) {
      await register(agent(old));
      await register(agent(next));
      await beat(agent(old), []);
      wait(DAY_MS);
    }
    expect(await errors()).toEqual([]);
  });
});

describe("a process whose registration was refused", () => {
  it("replaces the one before it with its first heartbeat, because it is new", async () => {
    const old = await running();
    const current = agent("new");
    expect(await beat(current, ["s-1"], { seq: server().clock.now })).toMatchObject({ list: "taken" });
    expect(await beat(old, [])).toMatchObject({ superseded: true });
    expect(await state("s-1")).toBe("live");
  });

  it("is noted if it is the first of its cluster", async () => {
    await beat(agent("first"), undefined);
    await register(agent("second"));
    expect(await beat(agent("first"), [])).toMatchObject({ superseded: true });
  });
});

describe("the first heartbeat of a new process", () => {
  it("is compared at once, although the last comparison was just now", async () => {
    const old = await running();
    await beat(old, ["s-1", "s-2"]);
    wait(SECOND_MS);
    const current = agent("new");
    await register(current);
    expect((await beat(current, ["s-1", "s-3"])).unknown).toEqual(["s-3"]);
    wait(SECOND_MS);
    expect((await beat(current, ["s-1", "s-4"])).unknown).toEqual([]);
  });

  it("counts with any number, and ends what is missing at the last heartbeat that listed it", async () => {
    await running();
    const endedAt = formatTime(server().clock.now);
    wait(6 * HOUR_MS);
    const current = agent("new");
    await register(current);
    await beat(current, undefined);
    wait(MINUTE_MS);
    expect(await beat(current, [], { seq: 1 })).toMatchObject({ list: "taken", seq: 1 });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt });
  });
});

describe("a registration", () => {
  it("of a known agent moves no heartbeat", async () => {
    await running();
    const item = () => server().table.get(operatorKey(agent("x").instanceId), { consistent: true });
    const before = await item();
    wait(HOUR_MS);
    await register(agent("new"));
    const after = await item();
    expect(after?.["registeredAt"]).toBe(formatTime(server().clock.now));
    for (const name of ["lastHeartbeat", "previousHeartbeat"]) expect(after?.[name]).toBe(before?.[name]);
  });

  it("whose function was frozen replaces no later one", async () => {
    const late = agent("late");
    const current = agent("current");
    const before = server().clock.now;
    wait(MINUTE_MS);
    await register(current);
    const now = server().clock.now;
    server().clock.now = before;
    await register(late);
    server().clock.now = now;
    expect(await beat(late, [], { seq: now + HOUR_MS })).toMatchObject({ superseded: true });
    expect(await beat(current, [])).toMatchObject({ list: "taken" });
  });
});

describe("the numbers of an agent", () => {
  it("begin at the time of its registration, so that a process that was replaced is behind", async () => {
    const old = await running();
    wait(SECOND_MS);
    const current = agent("new");
    expect((await register(current)).seq).toBe(0);
    const { seq } = await beat(current, ["s-1"]);
    expect(seq).toBeGreaterThan(server().clock.now - MINUTE_MS);
    expect((await beat(old, ["s-1"])).seq).toBe(seq);
  });

  it("that were a year ahead for one heartbeat do not make the agent deaf: it continues from the noted one", async () => {
    const old = await running();
    const ahead = server().clock.now + 365 * DAY_MS;
    await beat(old, ["s-1"], { seq: ahead, sent_at: formatTime(ahead) });
    wait(SECOND_MS);
    const refused = await beat(old, ["s-1"]);
    expect(refused).toMatchObject({ list: "refused", seq: ahead });
    wait(SECOND_MS);
    expect(await beat(old, ["s-1"], { seq: refused.seq + 1 })).toMatchObject({ list: "taken", seq: ahead + 1 });
    wait(3 * MINUTE_MS);
    await beat(old, [], { seq: ahead + 2 });
    expect(await state("s-1")).toBe("lost");
  });
});

describe("the list of operators", () => {
  it("shows an agent with its cluster and what it may do", async () => {
    const by = agentAt(server(), { process: "p", enforces: true, killsPreviews: true });
    await by.registers({ cluster_name: "staging" });
    await by.beats([]);
    const listed = formatTime(server().clock.now);
    wait(MINUTE_MS);
    await by.beats(undefined);
    const now = formatTime(server().clock.now);
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown).toMatchObject({
      kind: "agent",
      cluster: "staging",
      cluster_id: by.instanceId.replace("cluster-", ""),
      version: null,
      last_heartbeat: now,
      last_listed: listed,
      agent: {
        version: "0.2.0",
        process_id: "p",
        enforces: true,
        applies_catalog: false,
        kills_previews: true,
        observed_at: now,
      },
    });
  });

  it("shows a cluster's id that is not part of the instance's", async () => {
    const by = agent("p");
    await register(by, { cluster_id: "another" });
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown?.cluster_id).toBe("another");
  });

  it("shows an operator that registers under an agent's id as an operator", async () => {
    await running();
    await register(agent("x"), { agent: undefined, operator_version: "3.130.0" });
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown).toMatchObject({ kind: "operator", agent: null, cluster_id: CLUSTER });
  });
});
