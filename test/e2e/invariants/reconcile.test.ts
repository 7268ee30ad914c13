import { beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Table } from "../../../shared/store/table.ts";
import { lagging } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectDigest, expectSoundTable, storedSession } from "../../support/table-truth.ts";

let index = lagging();
/** How long each write takes, by the server's clock. */
let writeMs = 0;
beforeEach(() => {
  index = lagging();
  writeMs = 0;
});
const slow = (table: Table): Table => ({
  ...table,
  write: (write) => {
    if (writeMs > 0) wait(writeMs);
    return table.write(write);
  },
});
const server = serverPerTest({ around: (table) => slow(index.around(table)) });

const wait = (ms: number): number => {
  server().clock.now += ms;
  return server().clock.now;
};

const liveIds = async (): Promise<string[]> => {
  const { json } = await server().call("GET", "/api/v1/sessions");
  return json.sessions.map(({ id }: { id: string }) => id).sort();
};

/** What ended, as the report of all time adds it up: sessions, seconds, first start, last end. */
const usage = async () => {
  const { json } = await server().call("GET", "/api/v1/reports/usage?format=json");
  const [user] = json.userMetrics;
  return (
    user && [
      user.totalSessionCount,
      user.totalSessionTimeSeconds,
      Date.parse(user.firstActive),
      Date.parse(user.lastSeen),
    ]
  );
};

/** An operator with a session `s-1` of five minutes' age, listed by its last heartbeat. */
const running = async () => {
  const operator = operatorAt(server());
  await operator.beats([]);
  const startedAt = server().clock.now;
  await operator.starts("s-1");
  for (let minute = 1; minute <= 5; minute += 1) {
    wait(MINUTE_MS);
    await operator.beats(["s-1"]);
  }
  return { operator, startedAt };
};

describe("a session that its operator no longer lists", () => {
  it("is lost as of the last heartbeat that listed it", async () => {
    const { operator, startedAt } = await running();
    wait(MINUTE_MS);
    await operator.beats([]);
    expect(await liveIds()).toEqual([]);
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", seconds: 300 });
    expect(await usage()).toEqual([1, 300, startedAt, startedAt + 5 * MINUTE_MS]);
    await expectSoundTable(server());
  });

  it("is lost no earlier than its start", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    const startedAt = wait(30 * SECOND_MS);
    await operator.starts("s-1");
    for (const pause of [30 * SECOND_MS, MINUTE_MS, MINUTE_MS]) {
      wait(pause);
      await operator.beats([]);
    }
    expect(await usage()).toEqual([1, 0, startedAt, startedAt]);
  });

  it("is not lost while it is younger than two minutes, and then as of when it was last listed", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    const startedAt = server().clock.now;
    await operator.starts("s-1");
    wait(MINUTE_MS);
    await operator.beats(["s-1"]);
    wait(59 * SECOND_MS);
    await operator.beats([]);
    expect(await liveIds()).toEqual(["s-1"]);
    wait(MINUTE_MS);
    await operator.beats([]);
    expect(await usage()).toEqual([1, 60, startedAt, startedAt + MINUTE_MS]);
  });

  it("is lost as of when it was last listed, however long before it was left out once, being young", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    const startedAt = server().clock.now;
    await operator.starts("s-1");
    wait(MINUTE_MS);
    await operator.beats([]);
    for (let minute = 2; minute <= 10; minute += 1) {
      wait(MINUTE_MS);
      await operator.beats(["s-1"]);
    }
    wait(MINUTE_MS);
    await operator.beats([]);
    expect(await usage()).toEqual([1, 600, startedAt, startedAt + 10 * MINUTE_MS]);
  });

  it.each([
    ["right", 0],
    ["three hours ahead", 3 * HOUR_MS],
    ["three hours behind", -3 * HOUR_MS],
  ])("is not lost by a list from before it started, by a clock that is %s", async (_clock, skewMs) => {
    const operator = operatorAt(server());
    const clock = () => ({ sent_at: new Date(server().clock.now + skewMs).toISOString() });
    await operator.beats([], clock());
    const packet = clock();
    wait(SECOND_MS);
    await operator.starts("s-1", "ana", { ...clock(), started_at: clock().sent_at });
    wait(3 * MINUTE_MS);
    await operator.beats([], packet);
    expect(await liveIds()).toEqual(["s-1"]);
    wait(MINUTE_MS);
    await operator.beats([], clock());
    expect(await liveIds()).toEqual([]);
  });

  it("is not lost by a heartbeat that was overtaken by a later one", async () => {
    const { operator } = await running();
    wait(MINUTE_MS);
    index.state.indexQueries = 0;
    await operator.beats([], { seq: 2 });
    expect(await liveIds()).toEqual(["s-1"]);
    expect(index.state.indexQueries).toBe(0);
  });
});

describe("a session that was lost", () => {
  /** `s-2` is over as well: a part of the day's usage that has to stay. `s-1` began before it and ended after it. */
  const lost = async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    const startedAt = server().clock.now;
    await operator.starts("s-1");
    wait(MINUTE_MS);
    await operator.starts("s-2");
    wait(MINUTE_MS);
    await operator.ends("s-2");
    for (const ids of [["s-1"], ["s-1"], []]) {
      wait(MINUTE_MS);
      await operator.beats(ids);
    }
    expect(await usage()).toEqual([2, 240 + 60, startedAt, startedAt + 4 * MINUTE_MS]);
    return { operator, startedAt, rest: [1, 60, startedAt + MINUTE_MS, startedAt + 2 * MINUTE_MS] };
  };

  it("is revived by a heartbeat that lists it: its usage is withdrawn, its day's extremes are the others'", async () => {
    const { operator, rest } = await lost();
    wait(MINUTE_MS);
    await operator.beats(["s-1"]);
    expect(await liveIds()).toEqual(["s-1"]);
    expect(await usage()).toEqual(rest);
    await expectSoundTable(server());
    await expectDigest(server(), "op-1", ["s-1"]);
  });

  it.each(["by a call", "by a heartbeat"])("is replaced by its true end, reported %s", async (how) => {
    const { operator, startedAt } = await lost();
    const endedAt = startedAt + 90 * SECOND_MS;
    wait(26 * HOUR_MS);
    const end = { ended_at: new Date(endedAt).toISOString() };
    if (how === "by a call") await operator.ends("s-1", end);
    else await operator.beats([], { ended: [{ session_id: "s-1", ...end }] });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "ended", seconds: 90 });
    expect(await usage()).toEqual([2, 90 + 60, startedAt, startedAt + 2 * MINUTE_MS]);
    await expectSoundTable(server());
  });

  it("moves to the month in which it truly ended", async () => {
    server().clock.now = Date.parse("2026-11-30T23:58:00Z");
    const { operator, startedAt } = await lost();
    wait(MINUTE_MS);
    await operator.ends("s-1", { ended_at: new Date(startedAt + 90 * SECOND_MS).toISOString() });
    const { json } = await server().call("GET", "/api/v1/reports/usage?format=json&to=2026-12-01T00:00:00Z");
    expect(json.userMetrics).toMatchObject([{ totalSessionCount: 1, totalSessionTimeSeconds: 90 }]);
    await expectSoundTable(server());
  });
});

describe("a young session that its operator leaves out", () => {
  it.each(["s-1", "constructor", "__proto__"])(
    "is lost once it is not young any more, with the id %s as with any other",
    async (id) => {
      const operator = operatorAt(server());
      await operator.beats([]);
      await operator.starts(id);
      wait(MINUTE_MS);
      await operator.beats([]);
      await expectDigest(server(), "op-1", [id]);
      expect(server().logs.filter(({ message }) => message === "not reconciled")).toEqual([]);
      wait(2 * MINUTE_MS);
      await operator.beats([]);
      expect(await storedSession(server(), id)).toMatchObject({ state: "lost" });
      await expectDigest(server(), "op-1", []);
    },
  );
});

describe("a session that another operator lists", () => {
  it("is adopted from one that is stale, which has it no longer", async () => {
    await running();
    wait(3 * MINUTE_MS + 1);
    const next = operatorAt(server(), "op-2");
    expect((await next.beats(["s-1"])).json).toMatchObject({ conflict: [], unknown: [] });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "live", instanceId: "op-2" });
    await expectDigest(server(), "op-1", []);
    await expectDigest(server(), "op-2", ["s-1"]);
    wait(MINUTE_MS);
    await next.ends("s-1");
    await expectDigest(server(), "op-2", []);
    await expectSoundTable(server());
  });

  it("is adopted later where taking over many takes long: the heartbeat is answered in time", async () => {
    const ids = Array.from({ length: 30 }, (_, number) => `s-${number}`);
    const first = operatorAt(server());
    for (const id of ids) await first.starts(id, "ana", { ci: true });
    await first.beats(ids);
    wait(4 * MINUTE_MS);
    const next = operatorAt(server(), "op-2");
    const sentAt = server().clock.now;
    writeMs = SECOND_MS;
    expect((await next.beats(ids)).json).toMatchObject({ conflict: [], unknown: [] });
    expect(server().clock.now - sentAt).toBeLessThan(25 * SECOND_MS);
    wait(MINUTE_MS);
    await next.beats(ids);
    await expectDigest(server(), "op-1", []);
    await expectDigest(server(), "op-2", ids);
    await expectSoundTable(server());
  });

  it("is left to one that is alive, and named as a conflict", async () => {
    const { operator } = await running();
    const other = operatorAt(server(), "op-2");
    expect((await other.beats(["s-1"])).json).toMatchObject({ conflict: ["s-1"], unknown: [] });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "live", instanceId: "op-1" });
    await operator.beats(["s-1"]);
    await expectDigest(server(), "op-1", ["s-1"]);
  });
});

describe("reconciling", () => {
  it("asks for what is not known here, and takes it from the next heartbeat", async () => {
    const operator = operatorAt(server());
    expect((await operator.beats(["s-1"])).json.unknown).toEqual(["s-1"]);
    wait(MINUTE_MS);
    const answer = await operator.beats(["s-1"], { started: [operator.start("s-1")] });
    expect(answer.json).toMatchObject({ accepted: ["s-1"], unknown: [] });
    expect(await liveIds()).toEqual(["s-1"]);
    await expectDigest(server(), "op-1", ["s-1"]);
  });

  it("happens at most every 30 seconds", async () => {
    const operator = operatorAt(server());
    await operator.beats([]);
    index.state.indexQueries = 0;
    const looks = [];
    for (let second = 0; second <= 60; second += 10) {
      await operator.beats(["unheard-of"]);
      looks.push(index.state.indexQueries);
      wait(10 * SECOND_MS);
    }
    expect(looks).toEqual([1, 1, 1, 2, 2, 2, 3]);
  });

  it("changes nothing for an operator that was silent for two hours and lists what it did", async () => {
    const { operator } = await running();
    wait(2 * HOUR_MS);
    const { json } = await server().call("GET", "/api/v1/sessions");
    expect(json.sessions).toMatchObject([{ id: "s-1", stale: true, duration_secs: 300 }]);
    await operator.beats(["s-1"]);
    const { json: back } = await server().call("GET", "/api/v1/sessions");
    expect(back.sessions).toMatchObject([{ id: "s-1", stale: false, duration_secs: 7_500 }]);
    expect(await usage()).toBeUndefined();
  });
});
