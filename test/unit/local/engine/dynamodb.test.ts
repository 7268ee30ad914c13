import { describe, expect, it } from "vitest";
import { dynamoDbOver } from "../../../../tools/local/engine/dynamodb.ts";

describe("the local database", () => {
  it("lets no other write come between a refusal and the reading of the item that refused", async () => {
    let value = "first";
    const log: string[] = [];
    const database = dynamoDbOver({
      async call(tool, args) {
        log.push(tool);
        // Every answer comes late, so that a second write would have the time to come in between.
        await new Promise((resolve) => setImmediate(resolve));
        if (tool === "get_item") return { ok: true, text: JSON.stringify({ Item: { v: { S: value } } }) };
        if ("condition_expression" in args)
          return {
            ok: false,
            text: '{"error_type":"ConditionalCheckFailedException","message":"The conditional request failed"}',
          };
        value = "second";
        return { ok: true, text: "{}" };
      },
    });
    const write = { TableName: "t", Key: { pk: { S: "p" } }, UpdateExpression: "SET v = :v" };
    const [refused] = await Promise.all([
      database("UpdateItem", {
        ...write,
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
      database("UpdateItem", write),
    ]);
    expect(log).toEqual(["update_item", "get_item", "update_item"]);
    expect(refused).toMatchObject({ type: "ConditionalCheckFailedException", body: { Item: { v: { S: "first" } } } });
  });

  it("goes on after a call that failed", async () => {
    let fails = true;
    const database = dynamoDbOver({
      async call() {
        if (fails) throw new Error("broken");
        return { ok: true, text: "{}" };
      },
    });
    await expect(database("ListTables", {})).rejects.toThrow("broken");
    fails = false;
    await expect(database("ListTables", {})).resolves.toEqual({ ok: true, text: "{}" });
  });
});
