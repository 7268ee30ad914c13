import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTable } from "../../../shared/store/dynamodb.ts";
import { DEEP } from "../../support/deep.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { seeded } from "../../support/faults.ts";
import { racing } from "./backend.ts";
import { histories, live } from "./history.ts";
import { type Licenses, mintLicenses } from "./licenses.ts";
import type { Raw } from "./soundness.ts";
import { createWorld } from "./world.ts";

const SAMPLE = DEEP ? 20 : 4;
const pace = { now: Date.now, random: Math.random, sleep: () => new Promise<void>((done) => setImmediate(done)) };

let licenses: Licenses;
beforeAll(async () => {
  licenses = await mintLicenses();
});

let testTable: TestTable;
beforeEach(async () => {
  testTable = await createTestTable();
});
afterEach(() => testTable.drop());

const contents = async ({ client, tableName }: TestTable): Promise<Raw[]> => {
  const items: Raw[] = [];
  let startKey: Record<string, unknown> | undefined;
  do {
    const input = { TableName: tableName, ConsistentRead: true, ExclusiveStartKey: startKey };
    const page = await client.send(new ScanCommand(input));
    items.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
};

const engineOf = (table: TestTable, seed: number, chance: number) =>
  racing(createTable({ ...table, pace }), () => contents(table), seeded(seed), {
    "fail before": chance,
    "fail after": chance,
    twice: chance,
    conflict: chance,
  });

describe("on the real engine, with all that happens together racing", () => {
  it("seats and sessions come in the end to what is true, whatever fails on the way", async () => {
    const sample = fc.tuple(histories, fc.integer());
    await fc.assert(
      fc.asyncProperty(sample, async ([history, seed]) => {
        // A table for each history: what a shrunk one leaves behind must not meet the next.
        const table = await createTestTable();
        try {
          const { complaints } = await live(licenses, history, engineOf(table, seed, 0.02));
          expect(complaints).toEqual([]);
        } finally {
          await table.drop();
        }
      }),
      { numRuns: SAMPLE },
    );
  });

  it.each([
    [2, 12],
    [3, 40],
  ])("%i free seats go to exactly as many of %i claimants, and the others are told so", async (free, claimants) => {
    const license = free === 2 ? "two" : "three";
    const setting = { license, indexLag: 0, pageItems: 100 } as const;
    const world = createWorld(licenses, setting, engineOf(testTable, 1, 0));
    const [operator] = world.operators;
    if (operator === undefined) throw new Error("no operator");
    world.send(operator.register(), () => {});
    await world.run([]);
    const answers: unknown[] = [];
    for (let number = 0; number < claimants; number += 1) {
      const session = operator.open(`s${number}`, { machine: `m${number}`, user: `u${number}` }, false);
      world.send(operator.ask(session), (answer) => answers.push(answer?.status === 201 ? "seat" : answer?.json.code));
    }
    await world.run([]);
    expect(world.complaints).toEqual([]);
    expect(answers.filter((answer) => answer === "seat")).toHaveLength(free);
    expect(answers.filter((answer) => answer === "MaxSeatCountReached")).toHaveLength(claimants - free);
  });
});
