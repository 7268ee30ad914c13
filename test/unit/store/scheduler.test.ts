import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Table } from "../../../shared/store/table.ts";
import { createMemoryTable, type MemoryTable } from "../../support/memory-table.ts";
import { createScheduler, type Scheduler, type Step, scheduledTable } from "../../support/scheduler.ts";

const KEY = { pk: "p", sk: "s" };
const go = (...picks: number[]): Step[] => picks.map((pick) => ({ pick, fate: "go" }));

/** Adds one, and does it wrong: between its reading and its writing others may add, too. */
const addCarelessly = async (table: Table): Promise<void> => {
  const item = await table.get(KEY, { consistent: true });
  await table.write({ kind: "put", item: { ...KEY, n: Number(item?.["n"] ?? 0) + 1 } });
};

const add = async (table: Table): Promise<void> => {
  await table.write({ kind: "update", key: KEY, update: { expression: "ADD n :one", values: { ":one": 1 } } });
};

const bench = () => {
  const memory = createMemoryTable();
  const scheduler = createScheduler();
  const start = (name: string, work: (table: Table) => Promise<void>) =>
    scheduler.spawn(name, (gate) => work(scheduledTable(memory, () => gate)));
  return { memory, scheduler, start };
};

const count = (memory: MemoryTable): unknown => memory.items()[0]?.["n"];

const runTwo = async (steps: readonly Step[]): Promise<{ memory: MemoryTable; scheduler: Scheduler }> => {
  const { memory, scheduler, start } = bench();
  start("one", addCarelessly);
  start("two", addCarelessly);
  await scheduler.run(steps);
  return { memory, scheduler };
};

describe("the scheduler", () => {
  it("runs one process after the other where no steps are given", async () => {
    const { memory, scheduler } = await runTwo([]);
    expect(count(memory)).toBe(2);
    expect(scheduler.history.map((line) => line.split(":")[0])).toEqual(["one", "one", "two", "two"]);
  });

  it("runs the operations in the order of the steps, and the same steps give the same history", async () => {
    const steps = go(1, 0, 1, 0);
    const [first, second] = [await runTwo(steps), await runTwo(steps)];
    expect(count(first.memory)).toBe(1);
    expect(first.scheduler.history).toEqual(second.scheduler.history);
  });

  it("lets fast-check find an order that breaks careless code, and shrink it", async () => {
    const steps = fc.array(fc.record({ pick: fc.nat(7), fate: fc.constant("go" as const) }), { maxLength: 30 });
    const details = await fc.check(
      fc.asyncProperty(steps, async (order) => count((await runTwo(order)).memory) === 2),
      { seed: 7 },
    );
    expect(details.failed).toBe(true);
    // The second reads before the first has written: one step out of order is enough.
    expect(details.counterexample).toEqual([[{ pick: expect.any(Number), fate: "go" }]]);
  });

  it.each([
    ["crash before", 0, "crashed"],
    ["crash after", 1, "crashed"],
    ["fail before", 0, "done"],
    ["fail after", 1, "done"],
    ["twice", 2, "done"],
    ["go", 1, "done"],
  ] as const)("has a process meet its fate: %s", async (fate, counted, state) => {
    const { memory, scheduler, start } = bench();
    let answered = false;
    const process = start("one", async (table) => {
      await add(table);
      answered = true;
    });
    await scheduler.run([{ pick: 0, fate }]);
    expect(count(memory) ?? 0).toBe(counted);
    expect(process.state).toBe(state);
    expect(answered).toBe(fate === "twice" || fate === "go");
    expect((process.error as Error | undefined)?.name).toBe(fate.startsWith("fail") ? "StoreUnavailable" : undefined);
  });

  it("lets nothing more happen of a crashed process, not even what it asked for at the same time", async () => {
    const { memory, scheduler, start } = bench();
    start("one", async (table) => {
      await Promise.all([add(table), add(table), add(table)]);
    });
    start("two", add);
    await scheduler.run([{ pick: 1, fate: "crash after" }]);
    expect(count(memory)).toBe(2);
  });

  it("makes a transaction meet another, which leaves nothing of it", async () => {
    const { memory, scheduler, start } = bench();
    let outcome: unknown;
    start("one", async (table) => {
      outcome = await table.transact([{ kind: "put", item: { ...KEY, n: 1 } }]);
    });
    await scheduler.run([{ pick: 0, fate: "conflict" }]);
    expect(outcome).toEqual({ outcome: "conflict" });
    expect(memory.items()).toEqual([]);
  });

  it("holds a process until it is let go, over many runs", async () => {
    const { memory, scheduler, start } = bench();
    const held = start("one", addCarelessly);
    await scheduler.run([
      { pick: 0, fate: "go" },
      { pick: 0, fate: "hold" },
    ]);
    expect(held.state).toBe("held");
    start("two", addCarelessly);
    await scheduler.run([]);
    expect([held.state, count(memory)]).toEqual(["held", 1]);
    scheduler.release();
    await scheduler.run([]);
    expect([held.state, count(memory)]).toEqual(["done", 1]);
  });
});
