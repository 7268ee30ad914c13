import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { TABLE } from "../../shared/contract/keys.ts";
import { ensureTable, tableRequest } from "../../tools/local/table.ts";
import { DEEP } from "./deep.ts";
import { engineClient, UNSIGNED_HEADERS } from "./engine-client.ts";
import { type EngineConnections, engineConnections } from "./engine-connections.ts";

export type TestTable = {
  readonly endpoint: string;
  readonly tableName: string;
  readonly client: DynamoDBDocumentClient;
  drop(): Promise<void>;
};

// The embedded engine requires a signature and does not check it: making one is a quarter of the work of a request.
const UNSIGNED: Pick<DynamoDBClientConfig, "signer"> = {
  signer: async () => ({
    async sign(request) {
      Object.assign(request.headers, UNSIGNED_HEADERS);
      return request;
    },
  }),
};

/** Steps of the SDK that add headers or log lines which nothing here reads: a fifth of the work of a request. */
const UNREAD_STEPS = [
  "getUserAgentMiddleware",
  "loggerMiddleware",
  "recursionDetectionMiddleware",
  "hostHeaderMiddleware",
];

// All tables of a worker share the connections, as they share the engine.
let shared: EngineConnections | undefined;
const connectionsTo = (endpoint: string): EngineConnections => {
  shared ??= engineConnections(endpoint);
  return shared;
};

/** The SDK's client of the run's engine. What it sends is made and read by the SDK, as in production. */
const createSdkClient = (endpoint: string): DynamoDBClient => {
  const options = {
    endpoint,
    region: "us-east-1",
    credentials: inject("dynamodbCredentials") ?? { accessKeyId: "local", secretAccessKey: "local" },
  };
  if (!inject("dynamodbServed")) return new DynamoDBClient(options);
  const client = new DynamoDBClient({ ...options, ...UNSIGNED, requestHandler: handlerOf(connectionsTo(endpoint)) });
  for (const step of UNREAD_STEPS) client.middlewareStack.remove(step);
  return client;
};

type Handler = NonNullable<DynamoDBClientConfig["requestHandler"]>;
const handlerOf = (connections: EngineConnections): Handler =>
  ({
    handle: async ({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) => ({
      response: await connections.request(headers, body),
    }),
  }) as Handler;

// The served engine's table is there with the answer: nothing to ask before, nothing to wait for.
const createAtOnce = async (client: DynamoDBClient, tableName: string): Promise<void> => {
  await client.send(new CreateTableCommand(tableRequest(tableName)));
  const expiry = { AttributeName: TABLE.ttlAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification: expiry }));
};

/**
 * A fresh table of its own in the run's shared engine, so that tests run side by side. Its client sends and returns what
 * the SDK's does, with less work; with `sdk`, and with DEEP=1, it is the SDK's.
 */
export const createTestTable = async ({ sdk = DEEP } = {}): Promise<TestTable> => {
  const endpoint = inject("dynamodbEndpoint");
  const tableName = `test-${randomUUID()}`;
  const base = createSdkClient(endpoint);
  await (inject("dynamodbServed") ? createAtOnce(base, tableName) : ensureTable(base, tableName));
  const documents = DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } });
  return {
    endpoint,
    tableName,
    client: sdk || !inject("dynamodbServed") ? documents : engineClient(connectionsTo(endpoint), documents),
    drop: async () => {
      await base.send(new DeleteTableCommand({ TableName: tableName }));
      base.destroy();
    },
  };
};
