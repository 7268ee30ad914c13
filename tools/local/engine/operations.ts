/** A request of DynamoDB's API, as its JSON body. */
export type Request = Readonly<Record<string, unknown>>;

/** A call of the engine. */
export type ToolCall = { tool: string; args: Record<string, unknown> };

type Operation = {
  tool: string;
  /** Parameters that the engine's tool has, too, in its own spelling. */
  takes: readonly string[];
  /** Parameters without an effect here: every read is consistent, and no units are counted. */
  ignores: readonly string[];
};

const EXPRESSION = ["ExpressionAttributeNames", "ExpressionAttributeValues"];
const CONDITION = ["ConditionExpression", ...EXPRESSION];
const UNITS = ["ReturnConsumedCapacity", "ReturnItemCollectionMetrics"];
// The engine does not return the item of a refused write: see `refusals.ts`.
const WRITE_UNITS = [...UNITS, "ReturnValuesOnConditionCheckFailure"];
const READ_UNITS = [...UNITS, "ConsistentRead"];
const PAGE = [
  "TableName",
  "IndexName",
  "Limit",
  "ExclusiveStartKey",
  "FilterExpression",
  "ProjectionExpression",
  "Select",
];

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetItem: {
    tool: "get_item",
    takes: ["TableName", "Key", "ProjectionExpression", ...EXPRESSION],
    ignores: READ_UNITS,
  },
  PutItem: { tool: "put_item", takes: ["TableName", "Item", "ReturnValues", ...CONDITION], ignores: WRITE_UNITS },
  UpdateItem: {
    tool: "update_item",
    takes: ["TableName", "Key", "UpdateExpression", "ReturnValues", ...CONDITION],
    ignores: WRITE_UNITS,
  },
  DeleteItem: { tool: "delete_item", takes: ["TableName", "Key", "ReturnValues", ...CONDITION], ignores: WRITE_UNITS },
  Query: {
    tool: "query",
    takes: [...PAGE, "KeyConditionExpression", "ScanIndexForward", ...EXPRESSION],
    ignores: READ_UNITS,
  },
  Scan: { tool: "scan", takes: [...PAGE, "Segment", "TotalSegments", ...EXPRESSION], ignores: READ_UNITS },
  BatchGetItem: { tool: "batch_get_item", takes: ["RequestItems"], ignores: UNITS },
  BatchWriteItem: { tool: "batch_write_item", takes: ["RequestItems"], ignores: UNITS },
  TransactWriteItems: { tool: "transact_write_items", takes: ["TransactItems", "ClientRequestToken"], ignores: UNITS },
  CreateTable: {
    tool: "create_table",
    takes: ["TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"],
    ignores: [],
  },
  DescribeTable: { tool: "describe_table", takes: ["TableName"], ignores: [] },
  DeleteTable: { tool: "delete_table", takes: ["TableName"], ignores: [] },
  ListTables: { tool: "list_tables", takes: [], ignores: [] },
  UpdateTimeToLive: { tool: "update_time_to_live", takes: ["TableName", "TimeToLiveSpecification"], ignores: [] },
};

/**
 * The engine's call for an operation of DynamoDB; a refusal where the engine has no such operation or parameter, since it
 * would ignore what it does not know.
 */
export const toolCall = (
  operation: string,
  request: Request,
): ({ ok: true } & ToolCall) | { ok: false; type: string; message: string } => {
  const known = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (known === undefined)
    return {
      ok: false,
      type: "UnknownOperationException",
      message: `the local database has no operation ${operation}`,
    };
  const args: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (known.ignores.includes(name)) continue;
    if (!known.takes.includes(name))
      return { ok: false, type: "ValidationException", message: `the local database does not support ${name}` };
    args[snakeCase(name)] = SHAPES[operation]?.(value) ?? value;
  }
  return { ok: true, tool: known.tool, args: operation === "DescribeTable" ? { ...args, raw: true } : args };
};

// Names inside these parameters are spelled in the engine's way, too; those of keys, items and attributes are not touched.
const SHAPES: Readonly<Record<string, (value: unknown) => unknown>> = {
  BatchGetItem: (tables) => eachTable(tables, (keys) => withSnakeKeys(without(keys, "ConsistentRead"))),
  BatchWriteItem: (tables) =>
    eachTable(tables, (writes) =>
      (writes as object[]).map((write) => mapValues(withSnakeKeys(write), (part) => withSnakeKeys(part as object))),
    ),
  CreateTable: (value) => deeplySnake(value),
};

const eachTable = (tables: unknown, shape: (requests: object) => unknown): unknown =>
  mapValues(tables as object, (requests) => shape(requests as object));

const deeplySnake = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(deeplySnake);
  return typeof value === "object" && value !== null ? mapValues(withSnakeKeys(value), deeplySnake) : value;
};

const mapValues = (object: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

const withSnakeKeys = (object: object): object =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [snakeCase(name), value]));

const without = (object: object, name: string): object =>
  Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));

const snakeCase = (name: string): string => name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
