import { describe, expect, it } from "vitest";
import { toolCall } from "../../../../tools/local/engine/operations.ts";

describe("a request to the engine", () => {
  it("keeps the names of attributes, whatever they are, and spells only parameters its own way", () => {
    const item = { TableName: { S: "x" }, Keys: { M: { PutRequest: { N: "1" } } } };
    expect(toolCall("PutItem", { TableName: "t", Item: item, ReturnConsumedCapacity: "TOTAL" })).toEqual({
      ok: true,
      tool: "put_item",
      args: { table_name: "t", item },
    });
    expect(toolCall("BatchWriteItem", { RequestItems: { MyTable: [{ PutRequest: { Item: item } }] } })).toMatchObject({
      args: { request_items: { MyTable: [{ put_request: { item } }] } },
    });
    expect(
      toolCall("BatchGetItem", { RequestItems: { MyTable: { Keys: [item], ConsistentRead: true } } }),
    ).toMatchObject({ args: { request_items: { MyTable: { keys: [item] } } } });
  });

  it("is refused where the engine would ignore a part of it", () => {
    expect(toolCall("Query", { TableName: "t", AttributesToGet: ["a"] })).toEqual({
      ok: false,
      type: "ValidationException",
      message: "the local database does not support AttributesToGet",
    });
    expect(toolCall("ExportTableToPointInTime", {})).toMatchObject({ ok: false, type: "UnknownOperationException" });
    expect(toolCall("constructor", {})).toMatchObject({ ok: false, type: "UnknownOperationException" });
  });
});
