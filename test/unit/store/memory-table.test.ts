import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable } from "../../../shared/store/dynamodb.ts";
import type { Expression, Table } from "../../../shared/store/table.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { createMemoryTable } from "../../support/memory-table.ts";
import { contentsOf, marked, type Operation, operations, outcomeOf } from "./operations.ts";

/** How many histories the two tables are compared over; more of them with HISTORIES=n. */
const RUNS = Number(process.env["HISTORIES"] ?? 40);

const pace = { now: Date.now, random: () => 0, sleep: async () => {} };

/**
 * Of a transaction in which one write is wrong and the condition of another does not hold, engines tell the one or the
 * other: nothing is written either way.
 */
const bothRefuse = (operation: Operation, expected: unknown, found: unknown): boolean =>
  operation.do === "transact" &&
  operation.writes.length > 1 &&
  [expected, found].filter((one) => one === "refused as wrong").length === 1 &&
  [expected, found].every((one) => one === "refused as wrong" || Object(one).outcome === "refused");

describe("the table in memory, beside the real engine", () => {
  let testTable: TestTable;
  let engine: Table;
  beforeAll(async () => {
    testTable = await createTestTable();
    engine = createTable({ ...testTable, pace });
  });
  afterAll(() => testTable.drop());

  it(
    "answers any sequence of operations alike, and is left with the same items",
    async () => {
      let run = 0;
      const histories = fc.array(operations(), { minLength: 10, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const memory = createMemoryTable();
          run += 1;
          const mark = `r${run}@`;
          for (const operation of marked(history, mark)) {
            const [expected, found] = [await outcomeOf(engine, operation), await outcomeOf(memory, operation)];
            if (bothRefuse(operation, expected, found)) continue;
            expect(found, JSON.stringify(operation)).toEqual(expected);
          }
          expect(await contentsOf(memory, mark)).toEqual(await contentsOf(engine, mark));
        }),
        { numRuns: RUNS },
      );
    },
    30_000 + 100 * RUNS,
  );

  it("agrees on what is too large for an item, to the byte", async () => {
    const memory = createMemoryTable();
    const item = { pk: "large", sk: "a", umlaut: "ü", number: 12, nested: { list: [true, null] } };
    const write = (table: Table, length: number) =>
      outcomeOf(table, { do: "write", write: { kind: "put", item: { ...item, text: "x".repeat(length) } } });
    let [fits, not] = [409_000, 409_600];
    while (not - fits > 1) {
      const middle = Math.floor((fits + not) / 2);
      if ((await write(memory, middle)) === "refused as wrong") not = middle;
      else fits = middle;
    }
    expect(await write(engine, fits)).toEqual({ outcome: "written", item: undefined });
    expect(await write(engine, not)).toBe("refused as wrong");
  });
});

describe("the table in memory", () => {
  const conditionOf = (expression: string, values?: Record<string, unknown>): Expression => ({
    expression,
    ...(values === undefined ? {} : { values }),
  });

  it.each([
    ["a nested path", conditionOf("a.b = :v", { ":v": 1 })],
    ["a place in a list", conditionOf("a[0] = :v", { ":v": 1 })],
    ["attribute_type()", conditionOf("attribute_type(a, :v)", { ":v": "S" })],
    ["BETWEEN", conditionOf("a BETWEEN :v AND :w", { ":v": 1, ":w": 2 })],
    ["IN", conditionOf("a IN (:v)", { ":v": 1 })],
    ["a condition without an end", conditionOf("a = :v AND", { ":v": 1 })],
    ["a condition with something behind it", conditionOf("a = :v b", { ":v": 1 })],
    ["an open parenthesis", conditionOf("(a = :v", { ":v": 1 })],
    ["doubled parentheses", conditionOf("((a = :v))", { ":v": 1 })],
    ["an attribute alone", conditionOf("a")],
    ["a value that is not given", conditionOf("a = :v")],
    ["a value that is not used", conditionOf("a = :v", { ":v": 1, ":w": 1 })],
    ["an order of truths", conditionOf("a < :v", { ":v": true })],
    ["nothing", conditionOf("")],
  ])("refuses a condition it does not understand: %s", async (_, condition) => {
    const table = createMemoryTable();
    await table.write({ kind: "put", item: { pk: "p", sk: "s", a: 1 } });
    const write = table.write({ kind: "put", item: { pk: "p", sk: "s" }, condition });
    await expect(write).rejects.toMatchObject({ name: "ValidationException" });
  });

  it.each([
    ["no list to append to", "SET a = list_append(a, :v)"],
    ["a nested path", "SET a.b = :v"],
    ["DELETE", "DELETE a :v"],
    ["a section twice", "SET a = :v SET b = :v"],
    ["one attribute twice", "SET a = :v ADD a :v"],
    ["three terms", "SET a = a + :v + :v"],
    ["nothing", ""],
  ])("refuses an update it does not understand: %s", async (_, expression) => {
    const table = createMemoryTable();
    await table.write({ kind: "put", item: { pk: "p", sk: "s", a: 1 } });
    const update = { expression, values: { ":v": 1 } };
    const write = table.write({ kind: "update", key: { pk: "p", sk: "s" }, update });
    await expect(write).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("refuses more than 100 writes in a transaction, and sums that JavaScript cannot hold", async () => {
    const table = createMemoryTable();
    const put = (sk: string) => ({ kind: "put", item: { pk: "p", sk, n: Number.MAX_SAFE_INTEGER } }) as const;
    const many = Array.from({ length: 101 }, (_, place) => put(`s${place}`));
    await expect(table.transact(many)).rejects.toMatchObject({ name: "ValidationException" });
    await expect(table.transact(many.slice(1))).resolves.toEqual({ outcome: "committed" });
    const add = { expression: "ADD n :one", values: { ":one": 1 } };
    const beyond = table.write({ kind: "update", key: { pk: "p", sk: "s1" }, update: add });
    await expect(beyond).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("shares nothing with its callers: neither what they gave nor what they got changes it", async () => {
    const table = createMemoryTable();
    const given = { pk: "p", sk: "s", list: "L", at: "1", deep: { list: [1] } };
    await table.write({ kind: "put", item: given });
    given.deep.list.push(2);
    const spoil = (item: unknown) => (item as typeof given).deep.list.push(3);
    spoil(await table.get({ pk: "p", sk: "s" }, { consistent: true }));
    for (const item of await table.batchGet([{ pk: "p", sk: "s" }], { consistent: true })) spoil(item);
    for (const item of await table.query({ partition: "L", index: true })) spoil(item);
    const update = { expression: "SET n = :n", values: { ":n": 1 } };
    const updated = await table.write({ kind: "update", key: { pk: "p", sk: "s" }, update });
    spoil(updated.outcome === "written" ? updated.item : undefined);
    const refused = await table.write({ kind: "delete", key: { pk: "p", sk: "s" }, condition: conditionOf("n = s") });
    spoil(refused.outcome === "refused" ? refused.found : undefined);
    expect(await table.get({ pk: "p", sk: "s" }, { consistent: true })).toEqual({
      ...given,
      deep: { list: [1] },
      n: 1,
    });
  });

  it("shows in its index what was committed as many commits ago as it lags", async () => {
    const table = createMemoryTable({ indexLag: 2 });
    const shown = async () => (await table.query({ partition: "L", index: true })).map(({ sk }) => sk);
    const put = (sk: string) => table.write({ kind: "put", item: { pk: "p", sk, list: "L", at: sk } });
    const seen: unknown[] = [];
    for (const sk of ["1", "2", "3"]) {
      await put(sk);
      seen.push(await shown());
    }
    expect(seen).toEqual([[], [], ["1"]]);
    table.settle();
    expect(await shown()).toEqual(["1", "2", "3"]);
  });

  it("gives pages as small as it is told", async () => {
    const table = createMemoryTable({ pageItems: 2 });
    for (const sk of ["1", "2", "3"]) await table.write({ kind: "put", item: { pk: "p", sk } });
    const first = await table.queryPage({ partition: "p" });
    expect(first).toEqual({ items: [expect.anything(), expect.anything()], next: { pk: "p", sk: "2" } });
    expect(await table.queryPage({ partition: "p", startKey: first.next })).toEqual({
      items: [{ pk: "p", sk: "3" }],
      next: undefined,
    });
    expect(await table.query({ partition: "p" })).toHaveLength(3);
  });
});
