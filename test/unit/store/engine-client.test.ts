import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable } from "../../../shared/store/dynamodb.ts";
import { scanOf } from "../../../shared/store/scan.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { marked, type Operation, operations, run } from "./operations.ts";

const pace = { now: Date.now, random: () => 0, sleep: async () => {} };

let sdk: TestTable;
let lean: TestTable;
beforeAll(async () => {
  [sdk, lean] = [await createTestTable({ sdk: true }), await createTestTable({ sdk: false })];
});
afterAll(async () => {
  await sdk.drop();
  await lean.drop();
});

/** What a client's call comes to, the fields of errors included, whatever the table is called. */
const outcomeOf = async ({ client, tableName }: TestTable, operation: Operation): Promise<unknown> => {
  const outcomes: unknown[] = [];
  const watched = {
    send: async (...args: Parameters<DynamoDBDocumentClient["send"]>) => {
      try {
        const { $metadata: _, ...output } = (await client.send(...args)) as unknown as Record<string, unknown>;
        outcomes.push(output);
        return output;
      } catch (error) {
        const { name, message, CancellationReasons, Item } = error as Error & Record<string, unknown>;
        outcomes.push({ name, message, CancellationReasons, Item });
        throw error;
      }
    },
  } as unknown as DynamoDBDocumentClient;
  const table = createTable({ client: watched, tableName, pace });
  await run(table, operation).catch(() => {});
  return JSON.parse(
    JSON.stringify(outcomes, (_, value) => (typeof value === "bigint" ? `${value}n` : value)).replaceAll(
      tableName,
      "T",
    ),
  );
};

const contents = async ({ client, tableName }: TestTable): Promise<unknown[]> => {
  const items = [];
  for await (const page of scanOf(client, tableName)()) items.push(...page);
  return items.sort((one, other) =>
    JSON.stringify([one["pk"], one["sk"]]) < JSON.stringify([other["pk"], other["sk"]]) ? -1 : 1,
  );
};

describe("the client that most tests use", () => {
  it("stores and returns what the SDK's does, in any sequence of operations", async () => {
    let runs = 0;
    const histories = fc.array(operations(), { minLength: 10, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        runs += 1;
        for (const operation of marked(history, `r${runs}@`))
          expect(await outcomeOf(lean, operation), JSON.stringify(operation)).toEqual(await outcomeOf(sdk, operation));
      }),
      { numRuns: Number(process.env["HISTORIES"] ?? 15) },
    );
    expect(await contents(lean)).toEqual(await contents(sdk));
  });

  it.each([
    [
      "every kind of value",
      { values: [1, "a", null, true, { deep: [-0.5] }], map: { a: {}, b: [] }, set: new Set(["a"]) },
    ],
    ["texts that JSON escapes", { text: '"\\\n\u0000\u2028é\u{1f600}' }],
    ["numbers above 2^53, as bigint", { large: 2n ** 60n }],
    ["attributes with the names of the protocol's fields", { Keys: [{ Item: 1 }], Item: { Key: "a" }, Responses: [] }],
    ["no attribute that is undefined", { gone: undefined, map: { gone: undefined } }],
  ])("stores %s as the SDK's does", async (_, attributes) => {
    const key = { pk: "value", sk: "one" };
    const stored = [];
    for (const [writer, reader] of [
      [lean, sdk],
      [sdk, lean],
      [sdk, sdk],
    ] as const) {
      await writer.client.send(new PutCommand({ TableName: sdk.tableName, Item: { ...key, ...attributes } }));
      const table = createTable({ client: reader.client, tableName: sdk.tableName, pace });
      stored.push(await table.get(key, { consistent: true }));
    }
    expect(stored[0]).toMatchObject(key);
    expect(stored[0]).toEqual(stored[2]);
    expect(stored[1]).toEqual(stored[2]);
  });

  it("leaves to the SDK what the store does not send", async () => {
    const { Table } = await lean.client.send(new DescribeTableCommand({ TableName: lean.tableName }));
    expect(Table?.CreationDateTime).toBeInstanceOf(Date);
  });
});
