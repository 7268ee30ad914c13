import { beforeEach, describe, expect, it } from "vitest";
import { operatorKey, sessionKey } from "../../../shared/contract/keys.ts";
import { formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { sessionItem, sessionRecord } from "../../../shared/sessions/record.ts";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { createApp } from "../../support/app.ts";
import { DEEP } from "../../support/deep.ts";
import { crashing, lagging } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const killerOf = async (server: Server) => {
  const bearer = await server.accessToken(["sessions:delete", "sessions:deletecollection"]);
  return (path: string) => server.call("DELETE", `/api/v1/sessions${path}`, { bearer });
};
const toStop = async (under: ReturnType<typeof operatorAt>, sessions: readonly string[], changes = {}) =>
  expectSuccess("heartbeat", await under.beats(sessions, changes)).terminate.toSorted();
const audited = async (server: Server) =>
  (await storedUnder(server, "AUDIT#")).filter(({ action }) => String(action).startsWith("session.kill"));

describe("a kill whose function is killed", () => {
  const crash = crashing();
  const server = serverPerTest({ around: (table, name) => (name === "admin" ? crash.around(table) : table) });

  it.each(["before", "after"] as const)("right %s its write is asked and audited, or neither", async (when) => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana", { ci: true });
    const kill = await killerOf(server());
    crash.killAt(1, when);
    expect((await kill("/s-1")).status).toBe(503);
    crash.revive();
    server().clock.now += MINUTE_MS;
    const asked = when === "after";
    expect(await toStop(under, ["s-1"])).toEqual(asked ? ["s-1"] : []);
    expect(await audited(server())).toHaveLength(asked ? 1 : 0);
    expect((await kill("/s-1")).status).toBe(202);
    expect(await toStop(under, ["s-1"])).toEqual(["s-1"]);
    expect(await audited(server())).toHaveLength(1);
  });

  it.each(
    (DEEP ? [1, 2, 3, 30, 61] : [2, 61])
      .flatMap((write) => (["before", "after"] as const).map((when) => ({ write, when })))
      // One of the two at each write, and with DEEP=1 both.
      .filter(({ write, when }) => DEEP || (when === "before") === (write === 61)),
  )("right $when write $write of many asks the rest when it is called again", async ({ write, when }) => {
    const under = operatorAt(server());
    const ids = Array.from({ length: 60 }, (_, number) => `s-${number + 10}`);
    for (const id of ids) await under.starts(id, "ana", { ci: true });
    await under.starts("s-ben", "ben", { ci: true });
    const kill = await killerOf(server());
    crash.killAt(write, when);
    expect((await kill("?user=ana")).status).toBe(503);
    crash.revive();
    expect((await kill("?user=ana")).json).toEqual({ count: 60 });
    server().clock.now += MINUTE_MS;
    expect(await toStop(under, [...ids, "s-ben"])).toEqual(ids);
  });
});

describe("more operators than one transaction holds", () => {
  const crash = crashing();
  const server = serverPerTest({ around: (table, name) => (name === "admin" ? crash.around(table) : table) });
  const IDS = Array.from({ length: 150 }, (_, number) => `op-${number + 100}`);
  const asked = async () => {
    const items = await server().table.batchGet(IDS.map(operatorKey), { consistent: true });
    return items.filter((item) => item["terminateBefore"] !== undefined).length;
  };

  it("are all asked, each by a request that is audited, also where the function is killed in between", async () => {
    await operatorAt(server()).beats([]);
    const item = await server().table.get(operatorKey("op-1"), { consistent: true });
    await server().table.batchPut(IDS.map((id) => ({ ...item, ...operatorKey(id) })));
    await operatorAt(server(), "op-249").starts("s-1", "ana", { ci: true });
    const kill = await killerOf(server());
    crash.killAt(2, "before");
    expect((await kill("")).status).toBe(503);
    crash.revive();
    const half = await asked();
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(IDS.length);
    expect(await audited(server())).toHaveLength(1);
    server().clock.now += 1_000;
    expect((await kill("")).json).toEqual({ count: 1 });
    expect(await asked()).toBe(IDS.length);
    const rows = (await audited(server())).slice(1);
    expect(rows.map(({ sessions }) => sessions).toSorted()).toEqual([0, 1]);
  });
});

describe("an operator whose requests cannot be written", () => {
  let failing = true;
  const server = serverPerTest({
    around: (table, name) =>
      name === "admin"
        ? {
            ...table,
            transact: async (writes) => {
              if (failing && JSON.stringify(writes).includes("op-1")) throw new StoreUnavailable("an outage");
              return table.transact(writes);
            },
          }
        : table,
  });

  it("keeps no other from being asked; the caller gets 503 and asks again", async () => {
    const [one, other] = [operatorAt(server(), "op-1"), operatorAt(server(), "op-2")];
    await one.starts("s-1", "ana");
    await other.starts("s-2", "ana");
    const kill = await killerOf(server());
    expect((await kill("?user=ana")).status).toBe(503);
    expect(await toStop(other, ["s-2"])).toEqual(["s-2"]);
    failing = false;
    expect((await kill("?user=ana")).json).toEqual({ count: 2 });
    expect(await toStop(one, ["s-1"])).toEqual(["s-1"]);
  });
});

describe("a heartbeat whose function is killed", () => {
  const crash = crashing();
  const server = serverPerTest({ around: (table, name) => (name === "heartbeat" ? crash.around(table) : table) });

  it.each(
    [1, 2, 3, 4, 5, 6].flatMap((write) => [
      { write, when: "before" as const },
      { write, when: "after" as const },
    ]),
  )("right $when write $write of taking a session over forgets no kill", async ({ write, when }) => {
    const first = operatorAt(server(), "op-1");
    await first.starts("s-1", "ana", { ci: true });
    await first.beats(["s-1"]);
    const kill = await killerOf(server());
    expect((await kill("/s-1")).status).toBe(202);
    server().clock.now += 10 * MINUTE_MS;
    const next = operatorAt(server(), "op-2");
    crash.killAt(write, when);
    await next.beats(["s-1"]);
    crash.revive();
    for (const _ of [1, 2]) {
      server().clock.now += MINUTE_MS;
      await next.beats(["s-1"]);
    }
    expect(await toStop(next, ["s-1"])).toEqual(["s-1"]);
  });
});

describe("an index that lags", () => {
  const lag = lagging();
  const server = serverPerTest({ around: lag.around });
  beforeEach(() => {
    lag.state.hidden = 0;
  });

  it("and still shows what has ended makes nobody kill it, nor count it", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana", { ci: true });
    await under.ends("s-1");
    const kill = await killerOf(server());
    lag.state.hidden = 1;
    expect((await kill("/s-1")).status).toBe(404);
    expect((await kill("?user=ana")).json).toEqual({ count: 0 });
    lag.state.hidden = 1;
    expect((await kill("")).json).toEqual({ count: 0 });
    lag.state.hidden = 1;
    expect(await toStop(under, [])).toEqual([]);
  });

  it("and does not show yet what has started hides it from no kill of all", async () => {
    const under = operatorAt(server());
    await under.beats([]);
    await under.starts("s-1", "ana", { ci: true });
    const kill = await killerOf(server());
    lag.state.hidden = 1;
    expect((await kill("")).json).toEqual({ count: 0 });
    server().clock.now += MINUTE_MS;
    lag.state.hidden = 1;
    expect(await toStop(under, ["s-1"])).toEqual(["s-1"]);
    lag.state.hidden = 1;
    // The operator's list was made before it started.
    expect(await toStop(under, [])).toEqual([]);
    server().clock.now += MINUTE_MS;
    expect(await toStop(under, ["s-1"])).toEqual(["s-1"]);
  });

  it.each(["user=ana", "namespace=shop"])(
    "and does not show yet what has started hides it from no kill by %s, but for one that gives up waiting",
    async (filter) => {
      const under = operatorAt(server());
      for (const id of ["s-1", "s-2"]) await under.starts(id, "ana", { ci: true });
      const kill = await killerOf(server());
      lag.state.hidden = 1_000;
      expect((await kill(`?${filter}`)).json).toEqual({ count: 0 });
      lag.state.hidden = 2;
      expect((await kill(`?${filter}`)).json).toEqual({ count: 2 });
      lag.state.hidden = 0;
      server().clock.now += MINUTE_MS;
      expect(await toStop(under, ["s-1", "s-2"])).toEqual(["s-1", "s-2"]);
    },
  );

  it("is looked at once by a kill where it shows what the operators count", async () => {
    for (const id of ["op-1", "op-2"]) await operatorAt(server(), id).starts(`s-${id}`, "ana", { ci: true });
    const kill = await killerOf(server());
    lag.state.indexQueries = 0;
    expect((await kill("?user=ana")).json).toEqual({ count: 2 });
    expect(lag.state.indexQueries).toBe(2);
  });
});

describe("many that kill at the same time", () => {
  const server = serverPerTest();

  it("the same session ask once; different ones ask for each; and none is audited twice", async () => {
    const under = operatorAt(server());
    const ids = Array.from({ length: 8 }, (_, number) => `s-${number}`);
    for (const id of ids) await under.starts(id, "ana", { ci: true });
    const kill = await killerOf(server());
    const answers = await Promise.all([...ids, ...ids].map((id) => kill(`/${id}`)));
    for (const { status, text } of answers) expect(status, text).toBe(202);
    server().clock.now += MINUTE_MS;
    expect(await toStop(under, ids)).toEqual(ids);
    const rows = await audited(server());
    expect(rows.map(({ sessionId }) => sessionId).toSorted()).toEqual(ids);
  });

  it("while heartbeats come and sessions end: what still runs is asked for, what has ended is not", async () => {
    const under = operatorAt(server());
    const ids = Array.from({ length: 12 }, (_, number) => `s-${number + 10}`);
    for (const id of ids) await under.starts(id, "ana", { ci: true });
    await under.beats(ids);
    const kill = await killerOf(server());
    const ending = ids.slice(0, 4);
    const answers = await Promise.all([
      kill("?user=ana"),
      ...ending.map((id) => under.ends(id)),
      under.beats(ids),
      ...ids.slice(4, 6).map((id) => kill(`/${id}`)),
    ]);
    for (const { status, text } of answers) expect(status, text).toBeLessThan(300);
    server().clock.now += MINUTE_MS;
    expect(await toStop(under, ids.slice(4))).toEqual(ids.slice(4));
  });
});

describe("a kill that is overtaken", () => {
  let onTransact: (() => Promise<unknown>) | undefined;
  const around = (table: Table, name?: string): Table =>
    name !== "admin"
      ? table
      : {
          ...table,
          transact: async (writes) => {
            const hook = onTransact;
            onTransact = undefined;
            await hook?.();
            return table.transact(writes);
          },
        };
  const server = serverPerTest({ around });

  it.each(["/s-1", "?user=ana"])("by another instance's taking the session over asks that one: %s", async (path) => {
    const first = operatorAt(server(), "op-1");
    await first.starts("s-1", "ana", { ci: true });
    await first.beats(["s-1"]);
    const kill = await killerOf(server());
    server().clock.now += 10 * MINUTE_MS;
    const next = operatorAt(server(), "op-2");
    onTransact = () => next.beats(["s-1"]);
    expect((await kill(path)).status).toBe(202);
    server().clock.now += MINUTE_MS;
    expect(await toStop(next, ["s-1"])).toEqual(["s-1"]);
  });

  it("by the session's end is a 404, and nobody is asked", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana", { ci: true });
    const kill = await killerOf(server());
    onTransact = () => under.ends("s-1");
    expect((await kill("/s-1")).status).toBe(404);
    expect(await audited(server())).toEqual([]);
    const item = await server().table.get(operatorKey("op-1"), { consistent: true });
    expect(item?.["terminate"]).toBeUndefined();
  });
});

const MANY = DEEP ? 5_000 : 150;

describe(`${MANY} live sessions`, () => {
  it("are killed at once, and each is in terminate until it has ended", async () => {
    const app = await createApp();
    try {
      const under = operatorAt(app as Server);
      await under.starts("s-0", "ana", { ci: true });
      const first = sessionRecord((await app.table.get(sessionKey("s-0"), { consistent: true })) ?? {});
      const ids = Array.from({ length: MANY }, (_, number) => `s-${number}`);
      await app.table.batchPut(ids.slice(1).map((sessionId) => sessionItem({ ...first, sessionId }, 365)));
      const kill = await killerOf(app as Server);
      expect((await kill("")).json).toEqual({ count: MANY });
      const item = await app.table.get(operatorKey("op-1"), { consistent: true });
      expect(JSON.stringify(item).length).toBeLessThan(1_024);
      app.clock.now += MINUTE_MS;
      expect(await toStop(under, ids)).toEqual(ids.toSorted());
      expect(formatTime(first.createdAt)).toBe(item?.["terminateBefore"]);
    } finally {
      await app.close();
    }
  });
});
