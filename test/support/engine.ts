import { randomUUID } from "node:crypto";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { ensureTable } from "../../tools/local/table.ts";

export type TestTable = {
  readonly endpoint: string;
  readonly tableName: string;
  readonly client: DynamoDBDocumentClient;
  drop(): Promise<void>;
};

/** A fresh table of its own in the run's shared engine, so that tests run side by side. */
export const createTestTable = async (): Promise<TestTable> => {
  const endpoint = inject("dynamodbEndpoint");
  const tableName = `test-${randomUUID()}`;
  const base = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
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
