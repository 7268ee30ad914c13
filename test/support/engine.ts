import { randomUUID } from "node:crypto";
import { DeleteTableCommand, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { ensureTable } from "../../tools/local/table.ts";

export type TestTable = {
  readonly endpoint: string;
  readonly tableName: string;
  readonly client: DynamoDBDocumentClient;
  drop(): Promise<void>;
};

// The embedded engine wants to see a signature and checks none: making one is a quarter of the work of a request.
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

/** A fresh table of its own in the run's shared engine, so that tests run side by side. */
export const createTestTable = async (): Promise<TestTable> => {
  const endpoint = inject("dynamodbEndpoint");
  const tableName = `test-${randomUUID()}`;
  const base = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: inject("dynamodbCredentials") ?? { accessKeyId: "local", secretAccessKey: "local" },
    ...(inject("dynamodbServed") ? UNSIGNED : {}),
  });
  await ensureTable(base, tableName);
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
