import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestTable, type TestTable } from "../../support/engine.ts";
import { storedItems } from "../../support/stored.ts";

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.drop());

const put = (sk: string) => table.client.send(new PutCommand({ TableName: table.tableName, Item: { pk: "a", sk } }));
const keys = async () => (await storedItems(table)).map(({ sk }) => sk);

it("the items that tests see are those of now, also those of a write under way as they looked before", async () => {
  expect(await keys()).toEqual([]);
  await put("1");
  expect(await keys()).toEqual(["1"]);
  const written = put("2");
  await keys();
  await written;
  expect(await keys()).toEqual(["1", "2"]);
  await table.client.send(new DeleteCommand({ TableName: table.tableName, Key: { pk: "a", sk: "1" } }));
  expect(await keys()).toEqual(["2"]);
});

it("a caller that changes the list changes nobody else's", async () => {
  (await storedItems(table)).pop();
  expect(await keys()).toEqual(["2"]);
});
