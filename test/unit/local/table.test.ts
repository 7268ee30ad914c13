import { DescribeTableCommand, DescribeTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureTable } from "../../../tools/local/table.ts";
import { createTestTable, type TestTable } from "../../support/engine.ts";

describe("the local table", () => {
  let table: TestTable;
  beforeAll(async () => {
    table = await createTestTable();
  });
  afterAll(() => table.drop());

  it("is the deployed one: on demand, keyed by pk and sk, with the list-at index of whole items and expiry", async () => {
    const { Table } = await table.client.send(new DescribeTableCommand({ TableName: table.tableName }));
    expect(Table?.BillingModeSummary?.BillingMode).toBe("PAY_PER_REQUEST");
    expect(Table?.KeySchema?.map((key) => key.AttributeName)).toEqual(["pk", "sk"]);
    expect(Table?.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index.Projection?.ProjectionType])).toEqual([
      ["list-at", "ALL"],
    ]);
    const ttl = await table.client.send(new DescribeTimeToLiveCommand({ TableName: table.tableName }));
    expect(ttl.TimeToLiveDescription).toMatchObject({ AttributeName: "expiresAt", TimeToLiveStatus: "ENABLED" });
  });

  it("lists by its sparse index only the items that carry `list`", async () => {
    const put = (item: Record<string, unknown>) =>
      table.client.send(new PutCommand({ TableName: table.tableName, Item: item }));
    await put({ pk: "a", sk: "a", list: "L", at: "2" });
    await put({ pk: "b", sk: "b", list: "L", at: "1" });
    await put({ pk: "c", sk: "c" });
    const found = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: "list-at",
        KeyConditionExpression: "#list = :l",
        ExpressionAttributeNames: { "#list": "list" },
        ExpressionAttributeValues: { ":l": "L" },
        ProjectionExpression: "pk",
      }),
    );
    expect(found.Items).toEqual([{ pk: "b" }, { pk: "a" }]);
  });

  it("is left as it is when it exists already", async () => {
    await table.client.send(new PutCommand({ TableName: table.tableName, Item: { pk: "kept", sk: "kept" } }));
    await ensureTable(table.client, table.tableName);
    const found = await table.client.send(
      new QueryCommand({
        TableName: table.tableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": "kept" },
      }),
    );
    expect(found.Count).toBe(1);
  });
});
