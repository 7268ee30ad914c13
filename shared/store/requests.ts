import type {
  BatchGetCommandInput,
  DeleteCommandInput,
  PutCommandInput,
  QueryCommandInput,
  TransactWriteCommandInput,
  UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { type Key, TABLE } from "../contract/keys.ts";
import type { Expression, Query, Write } from "./table.ts";

const METERED = { ReturnConsumedCapacity: "TOTAL" } as const;
// A refused write returns the stored item, which saves a second read.
const TELL_WHO_WON = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

export const queryInput = (tableName: string, query: Query): QueryCommandInput => {
  const index = query.index === true;
  const [partitionKey, sortKey] = index
    ? [TABLE.index.partitionKey, TABLE.index.sortKey]
    : [TABLE.partitionKey, TABLE.sortKey];
  const range = rangeExpression(query.range);
  return {
    TableName: tableName,
    ...(index ? { IndexName: TABLE.index.name } : { ConsistentRead: query.consistent === true }),
    KeyConditionExpression: `#pk = :pk${range.expression}`,
    ExpressionAttributeNames: { "#pk": partitionKey, ...(range.expression === "" ? {} : { "#sk": sortKey }) },
    ExpressionAttributeValues: { ":pk": query.partition, ...range.values },
    ...(query.limit === undefined ? {} : { Limit: query.limit }),
    ...(query.startKey === undefined ? {} : { ExclusiveStartKey: query.startKey }),
    ...METERED,
  };
};

export const batchGetInput = (tableName: string, keys: readonly Key[], consistent: boolean): BatchGetCommandInput => ({
  RequestItems: { [tableName]: { Keys: [...keys], ConsistentRead: consistent } },
  ...METERED,
});

export const putInput = (tableName: string, write: Write & { kind: "put" }): PutCommandInput => ({
  TableName: tableName,
  Item: write.item,
  ...conditionInput(write.condition),
  ...TELL_WHO_WON,
  ...METERED,
});

export const updateInput = (tableName: string, write: Write & { kind: "update" }): UpdateCommandInput => ({
  ...updateFields(tableName, write),
  ReturnValues: "ALL_NEW",
  ...TELL_WHO_WON,
  ...METERED,
});

export const deleteInput = (tableName: string, write: Write & { kind: "delete" }): DeleteCommandInput => ({
  TableName: tableName,
  Key: write.key,
  ...conditionInput(write.condition),
  ...TELL_WHO_WON,
  ...METERED,
});

export const transactInput = (tableName: string, writes: readonly Write[]): TransactWriteCommandInput => ({
  TransactItems: writes.map((write) => transactItem(tableName, write)),
  ...METERED,
});

type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

const transactItem = (tableName: string, write: Write): TransactItem => {
  switch (write.kind) {
    case "put":
      return { Put: { TableName: tableName, Item: write.item, ...conditionInput(write.condition), ...TELL_WHO_WON } };
    case "update":
      return { Update: { ...updateFields(tableName, write), ...TELL_WHO_WON } };
    case "delete":
      return { Delete: { TableName: tableName, Key: write.key, ...conditionInput(write.condition), ...TELL_WHO_WON } };
    case "check":
      return {
        ConditionCheck: {
          TableName: tableName,
          Key: write.key,
          ConditionExpression: write.condition.expression,
          ...attributes(write.condition),
          ...TELL_WHO_WON,
        },
      };
  }
};

const updateFields = (tableName: string, { key, update, condition }: Write & { kind: "update" }) => ({
  TableName: tableName,
  Key: key,
  UpdateExpression: update.expression,
  ...(condition === undefined ? {} : { ConditionExpression: condition.expression }),
  ...attributes(update, condition),
});

const conditionInput = (condition: Expression | undefined) =>
  condition === undefined ? {} : { ConditionExpression: condition.expression, ...attributes(condition) };

// DynamoDB refuses empty maps of names and values.
const attributes = (...expressions: (Expression | undefined)[]) => {
  const names = Object.assign({}, ...expressions.map((expression) => expression?.names));
  const values = Object.assign({}, ...expressions.map((expression) => expression?.values));
  return {
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names as Record<string, string> }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values as Record<string, unknown> }),
  };
};

const rangeExpression = (range: Query["range"]): { expression: string; values: Record<string, string> } => {
  if (range === undefined) return { expression: "", values: {} };
  if ("prefix" in range) return { expression: " AND begins_with(#sk, :prefix)", values: { ":prefix": range.prefix } };
  return { expression: " AND #sk BETWEEN :from AND :to", values: { ":from": range.from, ":to": range.to } };
};
