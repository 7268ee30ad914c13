import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keySeenKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { type KeysInUse, keysSeen } from "../../../shared/licensing/key-seen.ts";
import { createTable } from "../../../shared/store/dynamodb.ts";
import type { Table } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { crashing } from "../../support/faulty-table.ts";

const START = Date.parse("2026-11-20T08:00:00Z");
const clock = { now: START };
const calls: string[] = [];

let engine: TestTable;
let table: Table;
beforeEach(async () => {
  clock.now = START;
  engine = await createTestTable();
  const pace = { now: () => clock.now, random: Math.random, sleep: async () => undefined };
  const onConsumed = ({ operation }: { operation: string }) => calls.push(operation);
  table = createTable({ client: engine.client, tableName: engine.tableName, pace, onConsumed });
});
afterEach(() => engine.drop());

/** One function: it remembers what it has noted. */
const seer = (over: Table = table) => {
  const see = keysSeen({ table: over, newId: randomUUID, retentionDays: 100, log: createLogger("error") });
  return (inUse: KeysInUse) => see(inUse, clock.now);
};

const rotations = async () =>
  (await table.query({ partition: `AUDIT#${formatTime(clock.now).slice(0, 10)}` })).map(
    ({ action, actor, key, from, to }) => ({ action, actor, key, from, to }),
  );
const rotation = (key: string, from: string, to: string) => ({ action: "key.rotated", actor: "server", key, from, to });
const noted = async (name: string) => (await table.get(keySeenKey(name), { consistent: true }))?.["version"];

describe("a key", () => {
  it("that is seen first of all is noted without an audit row, for nothing was rotated", async () => {
    await seer()({ license: "v1", lease: "k1", access: "a1" });
    expect([await noted("license"), await noted("lease"), await noted("access")]).toEqual(["v1", "k1", "a1"]);
    expect(await rotations()).toEqual([]);
  });

  it("whose version is not known is not noted", async () => {
    await seer()({ license: undefined as unknown as string, lease: "k1" });
    expect(await noted("license")).toBeUndefined();
  });

  it("in another version than the one noted leaves one audit row, however many functions see it, at once or later", async () => {
    const [one, other] = [seer(), seer()];
    await one({ license: "v1", lease: "k1" });
    await other({ license: "v1", lease: "k1" });
    clock.now += DAY_MS;
    await Promise.all([one, other, seer(), seer(), seer()].map((see) => see({ license: "v2", lease: "k1" })));
    await seer()({ license: "v2", lease: "k1" });
    expect(await rotations()).toEqual([rotation("license", "v1", "v2")]);
    clock.now += MINUTE_MS;
    await Promise.all([one, other, seer()].map((see) => see({ license: "v2", lease: "k1" })));
    expect(await rotations()).toEqual([rotation("license", "v1", "v2")]);
  });

  it("is noted each by itself: two that are rotated together leave two rows", async () => {
    await seer()({ license: "v1", lease: "k1", access: "a1" });
    clock.now += DAY_MS;
    await seer()({ license: "v1", lease: "k2", access: "a2" });
    expect((await rotations()).toSorted((one, two) => (String(one.key) < String(two.key) ? -1 : 1))).toEqual([
      rotation("access", "a1", "a2"),
      rotation("lease", "k1", "k2"),
    ]);
  });

  it("seen by a function with a copy from before the rotation is not noted as rotated back", async () => {
    await seer()({ license: "v1" });
    clock.now += DAY_MS;
    await seer()({ license: "v2" });
    const behind = seer();
    for (const after of [0, 1, MINUTE_MS - 2]) {
      clock.now += after;
      await behind({ license: "v1" });
    }
    expect(await noted("license")).toBe("v2");
    clock.now += MINUTE_MS;
    await behind({ license: "v2" });
    expect(await rotations()).toEqual([rotation("license", "v1", "v2")]);
  });

  it("that really was put back leaves its row a minute later, and so does one that was replaced twice in a minute", async () => {
    const see = seer();
    await see({ license: "v1" });
    clock.now += DAY_MS;
    await see({ license: "v2" });
    clock.now += 1_000;
    await see({ license: "v1" });
    expect(await rotations()).toHaveLength(1);
    clock.now += MINUTE_MS;
    await see({ license: "v1" });
    expect(await noted("license")).toBe("v1");
    expect(await rotations()).toEqual([rotation("license", "v1", "v2"), rotation("license", "v2", "v1")]);
  });
});

describe("what noting keys costs", () => {
  it("is nothing for what this function has seen already", async () => {
    const see = seer();
    await see({ license: "v1", lease: "k1" });
    calls.length = 0;
    for (let minute = 0; minute < 100; minute += 1) {
      clock.now += MINUTE_MS;
      await see({ license: "v1", lease: "k1" });
    }
    expect(calls).toEqual([]);
  });

  it("is one read for a function that comes later, and one a minute while a copy is behind", async () => {
    await seer()({ license: "v1", lease: "k1" });
    const see = seer();
    calls.length = 0;
    await see({ license: "v1", lease: "k1" });
    await see({ license: "v1", lease: "k1" });
    expect(calls).toEqual(["BatchGetItem"]);
    await seer()({ license: "v1" });
    clock.now += DAY_MS;
    await seer()({ license: "v2" });
    const behind = seer();
    calls.length = 0;
    for (let call = 0; call < 10; call += 1) await behind({ license: "v1" });
    expect(calls).toEqual(["BatchGetItem"]);
  });
});

describe("a function that is killed while it notes a rotation", () => {
  it.each(["before", "after"] as const)("right %s the write leaves the row once", async (when) => {
    await seer()({ lease: "k1" });
    clock.now += DAY_MS;
    const crash = crashing();
    const see = seer(crash.around(table));
    crash.killAt(1, when);
    await expect(see({ lease: "k2" })).rejects.toThrow();
    crash.revive();
    await see({ lease: "k2" });
    await seer()({ lease: "k2" });
    expect(await rotations()).toEqual([rotation("lease", "k1", "k2")]);
  });
});
