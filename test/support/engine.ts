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
import { engineConnections } from "./engine-connections.ts";

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
      const signature =
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none";
      Object.assign(request.headers, { authorization: signature, "x-amz-date": "20260101T000000Z" });
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
let connections: ReturnType<typeof engineConnections> | undefined;

/** A client of the run's engine. What it sends is made and read by the SDK, as in production. */
const createClient = (endpoint: string): DynamoDBClient => {
  const options = {
    endpoint,
    region: "us-east-1",
    credentials: inject("dynamodbCredentials") ?? { accessKeyId: "local", secretAccessKey: "local" },
  };
  if (!inject("dynamodbServed")) return new DynamoDBClient(options);
  connections ??= engineConnections(endpoint);
  const client = new DynamoDBClient({ ...options, ...UNSIGNED, requestHandler: connections });
  for (const step of UNREAD_STEPS) client.middlewareStack.remove(step);
  return client;
};

// The served engine's table is there with the answer: nothing to ask before, nothing to wait for.
const createAtOnce = async (client: DynamoDBClient, tableName: string): Promise<void> => {
  await client.send(new CreateTableCommand(tableRequest(tableName)));
  const expiry = { AttributeName: TABLE.ttlAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification: expiry }));
};

/** A fresh table of its own in the run's shared engine, so that tests run side by side. */
export const createTestTable = async (): Promise<TestTable> => {
  const endpoint = inject("dynamodbEndpoint");
  const tableName = `test-${randomUUID()}`;
  const base = createClient(endpoint);
  await (inject("dynamodbServed") ? createAtOnce(base, tableName) : ensureTable(base, tableName));
  return {
    endpoint,
    tableName,
    client: DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } }),
    drop: async () => {
      await base.send(new DeleteTableCommand({ TableName: tableName }));
      base.destroy();
    },
  };
};
