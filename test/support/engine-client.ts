import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { EngineConnections } from "./engine-connections.ts";

/** What the engine requires of a request, and does not check. */
export const UNSIGNED_HEADERS = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none",
  "x-amz-date": "20260101T000000Z",
};

const OPERATIONS = new Map<unknown, string>([
  [BatchGetCommand, "BatchGetItem"],
  [BatchWriteCommand, "BatchWriteItem"],
  [DeleteCommand, "DeleteItem"],
  [GetCommand, "GetItem"],
  [PutCommand, "PutItem"],
  [QueryCommand, "Query"],
  [ScanCommand, "Scan"],
  [TransactWriteCommand, "TransactWriteItems"],
  [UpdateCommand, "UpdateItem"],
]);

/** The fields of requests and responses that hold an item. */
const ITEMS = new Set([
  "Attributes",
  "ExclusiveStartKey",
  "ExpressionAttributeValues",
  "Item",
  "Key",
  "LastEvaluatedKey",
]);

const READS = new Set(["BatchGetItem", "GetItem", "Query", "Scan"]);

type Json = Record<string, unknown>;
type Command = { readonly input: object };

/**
 * The SDK's document client for what the table's store sends, at a third of its cost: without the steps that sign, retry,
 * look up endpoints and check schemas. `test/unit/store/engine-client.test.ts` shows that both send and return the same.
 * Commands that the store does not send go to `sdk`.
 */
export const engineClient = (connections: EngineConnections, sdk: DynamoDBDocumentClient): DynamoDBDocumentClient => {
  const send = async (command: Command): Promise<unknown> => {
    const operation = OPERATIONS.get(command.constructor);
    if (operation !== undefined && READS.has(operation)) return sendAs(operation, command);
    // A write counts twice: a scan that it overtakes has seen one number or another.
    countWrite();
    try {
      return await (operation === undefined ? sdk.send(command as never) : sendAs(operation, command));
    } finally {
      countWrite();
    }
  };
  const sendAs = async (operation: string, command: Command): Promise<unknown> => {
    const headers = {
      ...UNSIGNED_HEADERS,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    };
    const { statusCode, body } = await connections.request(headers, Buffer.from(JSON.stringify(toWire(command.input))));
    const parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")) as Json;
    if (statusCode >= 300) throw toError(parsed);
    return fromWire(operation, parsed);
  };
  const client = { send, destroy: () => sdk.destroy() } as unknown as DynamoDBDocumentClient;
  const countWrite = () => writes.set(client, (writes.get(client) ?? 0) + 1);
  writes.set(client, 0);
  return client;
};

const writes = new WeakMap<DynamoDBDocumentClient, number>();

/** A number that is another one after each write of this client, or undefined if it is not counted. */
export const writesOf = (client: DynamoDBDocumentClient): number | undefined => writes.get(client);

const toWire = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  const wire: Json = {};
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    if (ITEMS.has(name)) wire[name] = marshalled(entry);
    else wire[name] = name === "Keys" ? (entry as unknown[]).map(marshalled) : toWire(entry);
  }
  return wire;
};

const marshalled = (item: unknown): unknown => marshall(item as Json, { removeUndefinedValues: true });

const fromWire = (operation: string, response: Json): Json => {
  for (const [name, value] of Object.entries(response)) {
    if (ITEMS.has(name)) response[name] = unmarshall(value as never);
    else if (name === "Items") response[name] = (value as never[]).map((item) => unmarshall(item));
    else if (name === "Responses" && operation === "BatchGetItem") response[name] = eachItem(value as never);
    else if (name.startsWith("Unprocessed") && Object.keys(value as Json).length > 0)
      throw new Error("the embedded engine leaves nothing of a batch undone");
  }
  return response;
};

const eachItem = (tables: Record<string, never[]>): Json =>
  Object.fromEntries(Object.entries(tables).map(([table, items]) => [table, items.map((item) => unmarshall(item))]));

// The fields of an error are on it as the SDK has them. It leaves the items in them as they are on the wire.
const toError = ({ __type, message, Message, ...fields }: Json): Error =>
  Object.assign(new Error(String(message ?? Message)), { name: String(__type).replace(/^.*#/, "") }, fields);
