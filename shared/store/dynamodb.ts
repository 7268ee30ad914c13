import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type NativeAttributeValue, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Key } from "../contract/keys.ts";
import { SECOND_MS } from "../contract/time.ts";
import { noteConsumed } from "./consumption.ts";
import { lambdaSettings } from "./lambda-settings.ts";
import { batchGetInput, deleteInput, putInput, queryInput, transactInput, updateInput } from "./requests.ts";
import { type Pace, retrying } from "./retry.ts";
import { type Item, type Query, StoreUnavailable, type Table, type TransactOutcome, type Write } from "./table.ts";
import { turnstile } from "./turnstile.ts";

const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;
const PLAIN_WRITE_PATIENCE_MS = 10 * SECOND_MS;
/**
 * The client's time-outs include the wait for a connection. A process with a thousand concurrent requests, such as the local
 * server, would see its own queue as an outage. So calls wait here instead. The number is below the 50 connections of the
 * SDK's client, and above what one request uses.
 */
const CALLS_AT_ONCE = 16;

/** The units of one call, as the engine reports them. */
export type Consumed = { operation: string; units: number };

export type TableOptions = {
  client: DynamoDBDocumentClient;
  tableName: string;
  pace: Pace;
  onConsumed?: (consumed: Consumed) => void;
};

/**
 * A document client for the table. The time-outs are short, because a DynamoDB call is: a hung connection costs one retry
 * and not the whole request.
 */
export const createClient = (endpoint: string | undefined): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      ...lambdaSettings(),
      accountIdEndpointMode: "preferred",
      endpointDiscoveryEnabled: false,
      ...(endpoint === undefined ? {} : { endpoint }),
      maxAttempts: 5,
      // Without `throwOnRequestTimeout`, the SDK only warns of a slow request and continues to wait.
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );

/** The table in DynamoDB. */
export const createTable = ({ client, tableName, pace, onConsumed }: TableOptions): Table => {
  const inTurn = turnstile(CALLS_AT_ONCE);
  const call = async <Output extends { ConsumedCapacity?: unknown }>(
    operation: string,
    send: () => Promise<Output>,
  ): Promise<Output> => {
    const output = await inTurn(send).catch((error: unknown) => {
      throw translated(error);
    });
    const units = unitsOf(output.ConsumedCapacity);
    noteConsumed(operation, units);
    onConsumed?.({ operation, units });
    return output;
  };

  const queryPage = async (query: Query) => {
    const output = await call("Query", () => client.send(new QueryCommand(queryInput(tableName, query))));
    return { items: (output.Items ?? []) as Item[], next: output.LastEvaluatedKey as Item | undefined };
  };

  const sendWrite = (write: Exclude<Write, { kind: "check" }>) => {
    switch (write.kind) {
      case "put":
        return call("PutItem", () => client.send(new PutCommand(putInput(tableName, write))));
      case "update":
        return call("UpdateItem", () => client.send(new UpdateCommand(updateInput(tableName, write))));
      case "delete":
        return call("DeleteItem", () => client.send(new DeleteCommand(deleteInput(tableName, write))));
    }
  };

  return {
    async get(key, { consistent }) {
      const input = {
        TableName: tableName,
        Key: key,
        ConsistentRead: consistent,
        ReturnConsumedCapacity: "TOTAL",
      } as const;
      const output = await call("GetItem", () => client.send(new GetCommand(input)));
      return output.Item;
    },

    async batchGet(keys, { consistent }) {
      const items: Item[] = [];
      for (let start = 0; start < keys.length; start += BATCH_GET_KEYS) {
        let open: readonly Key[] = keys.slice(start, start + BATCH_GET_KEYS);
        await retrying(pace, pace.now() + PLAIN_WRITE_PATIENCE_MS, async () => {
          const input = batchGetInput(tableName, open, consistent);
          const output = await call("BatchGetItem", () => client.send(new BatchGetCommand(input)));
          items.push(...((output.Responses?.[tableName] ?? []) as Item[]));
          open = (output.UnprocessedKeys?.[tableName]?.Keys ?? []) as Key[];
          return open.length === 0 ? true : undefined;
        });
      }
      return items;
    },

    async query(query) {
      const items: Item[] = [];
      let startKey = query.startKey;
      do {
        const page = await queryPage({ ...query, startKey });
        for (const item of page.items) items.push(item);
        startKey = page.next;
      } while (startKey !== undefined);
      return items;
    },

    queryPage,

    write: (write) =>
      retrying(pace, pace.now() + PLAIN_WRITE_PATIENCE_MS, async () => {
        try {
          const output = await sendWrite(write);
          return { outcome: "written", item: output.Attributes };
        } catch (error) {
          if (isNamed(error, "TransactionConflictException")) return undefined;
          if (isNamed(error, "ConditionalCheckFailedException")) return { outcome: "refused", found: foundIn(error) };
          throw error;
        }
      }),

    async transact(writes) {
      try {
        await call("TransactWriteItems", () => client.send(new TransactWriteCommand(transactInput(tableName, writes))));
        return { outcome: "committed" };
      } catch (error) {
        const outcome = canceledOutcome(error);
        if (outcome === undefined) throw error;
        return outcome;
      }
    },

    async batchPut(items, { deadline = Number.POSITIVE_INFINITY } = {}) {
      for (let start = 0; start < items.length; start += BATCH_WRITE_ITEMS) {
        let open = items
          .slice(start, start + BATCH_WRITE_ITEMS)
          .map((item) => ({ PutRequest: { Item: item as Item } }));
        const patience = Math.min(deadline, pace.now() + PLAIN_WRITE_PATIENCE_MS);
        await retrying(pace, patience, async () => {
          const input = { RequestItems: { [tableName]: open }, ReturnConsumedCapacity: "TOTAL" } as const;
          // The SDK's own retries of a throttled call end with the deadline, too.
          const left = Math.max(1, Math.min(patience - pace.now(), PLAIN_WRITE_PATIENCE_MS));
          const options = { abortSignal: AbortSignal.timeout(left) };
          const output = await call("BatchWriteItem", () => client.send(new BatchWriteCommand(input), options));
          open = (output.UnprocessedItems?.[tableName] ?? []) as typeof open;
          return open.length === 0 ? true : undefined;
        });
      }
    },
  };
};

type Marshalled = Parameters<typeof unmarshall>[0];
type CancellationReason = { Code?: string; Item?: Marshalled };

// A refused condition decides. A conflict alone only means: try again.
const canceledOutcome = (error: unknown): TransactOutcome | undefined => {
  if (isNamed(error, "TransactionInProgressException")) return { outcome: "conflict" };
  if (!isNamed(error, "TransactionCanceledException")) return undefined;
  const reasons = (error as { CancellationReasons?: CancellationReason[] }).CancellationReasons ?? [];
  const refusals = new Map<number, Item | undefined>();
  for (const [place, reason] of reasons.entries())
    if (reason.Code === "ConditionalCheckFailed") refusals.set(place, unmarshalled(reason.Item));
  if (refusals.size > 0) return { outcome: "refused", refusals };
  const passing = new Set(["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);
  return reasons.length > 0 && reasons.every(({ Code }) => Code === undefined || passing.has(Code))
    ? { outcome: "conflict" }
    : undefined;
};

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

const foundIn = (error: unknown): Item | undefined => unmarshalled((error as { Item?: Marshalled }).Item);

// The document client unmarshals outputs, but not the items inside exceptions.
const unmarshalled = (item: Marshalled | undefined): Item | undefined =>
  item === undefined ? undefined : (unmarshall(item) as Record<string, NativeAttributeValue>);

// A fault of the request, such as ValidationException, is a defect and not an outage.
const DEFECTS = new Set([
  "ConditionalCheckFailedException",
  "TransactionConflictException",
  "TransactionCanceledException",
  "TransactionInProgressException",
  "ValidationException",
  "SerializationException",
  "AccessDeniedException",
  "ResourceNotFoundException",
  "IdempotentParameterMismatchException",
]);

const translated = (error: unknown): unknown =>
  error instanceof Error && !DEFECTS.has(error.name) && !(error instanceof TypeError)
    ? new StoreUnavailable(`DynamoDB: ${error.name}`, { cause: error })
    : error;

type CapacityReport = { CapacityUnits?: number };

const unitsOf = (reported: unknown): number =>
  (Array.isArray(reported) ? (reported as CapacityReport[]) : [reported as CapacityReport | undefined]).reduce(
    (sum, report) => sum + (report?.CapacityUnits ?? 0),
    0,
  );
