import type { EngineChild } from "./child.ts";
import { type Request, toolCall } from "./operations.ts";
import { type Attributes, type Refusal, refusalOf } from "./refusals.ts";

/** An answer of DynamoDB's API: its JSON text, or a refusal. */
export type Answer = { ok: true; text: string } | ({ ok: false } & Refusal);

/** DynamoDB's API over the engine. Rejects if the engine ends. */
export type DynamoDb = (operation: string, request: Request) => Promise<Answer>;

/**
 * DynamoDB's API over an engine. One call at a time: after a refusal the item is read before any other write, so it is the
 * item that refused.
 */
export const dynamoDbOver = (engine: Pick<EngineChild, "call">): DynamoDb => {
  const keyNames = new Map<string, string[]>();

  const keyNamesOf = async (tableName: string): Promise<string[]> => {
    const known = keyNames.get(tableName);
    if (known !== undefined) return known;
    const { ok, text } = await engine.call("describe_table", { table_name: tableName, raw: true });
    if (!ok) return [];
    const { Table } = JSON.parse(text) as { Table: { KeySchema: { AttributeName: string }[] } };
    const names = Table.KeySchema.map(({ AttributeName }) => AttributeName);
    keyNames.set(tableName, names);
    return names;
  };

  const readItem = async (write: Request): Promise<Attributes | undefined> => {
    const tableName = String(write["TableName"]);
    const key = write["Key"] ?? pick(write["Item"] as Attributes, await keyNamesOf(tableName));
    const { ok, text } = await engine.call("get_item", { table_name: tableName, key });
    return ok ? (JSON.parse(text) as { Item?: Attributes }).Item : undefined;
  };

  const answer = async (operation: string, request: Request): Promise<Answer> => {
    const call = toolCall(operation, request);
    if (!call.ok) return { ok: false, type: call.type, body: { message: call.message } };
    if (operation === "DeleteTable") keyNames.clear();
    const { ok, text } = await engine.call(call.tool, call.args);
    return ok ? { ok, text } : { ok, ...(await refusalOf(text, request, readItem)) };
  };

  let last: Promise<unknown> = Promise.resolve();
  return (operation, request) => {
    const own = last.then(() => answer(operation, request));
    last = own.catch(() => undefined);
    return own;
  };
};

const pick = (item: Attributes, names: readonly string[]): Attributes =>
  Object.fromEntries(names.map((name) => [name, item[name]]));
