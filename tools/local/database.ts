import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Engine } from "./engine.ts";
import { awsEnv, isAws } from "./handler-env.ts";
import { startKeptEngine } from "./kept-engine.ts";
import { StartError } from "./start-error.ts";
import { ensureTable } from "./table.ts";

export type Database = {
  readonly endpoint: string;
  /** Settles if the embedded engine ends; never for one that runs elsewhere. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

/**
 * The database with its table: the embedded engine on the data directory, or the one at `endpoint`.
 * Throws a `StartError` if it cannot be had.
 */
export const openDatabase = async (
  endpoint: string | undefined,
  tableName: string,
  dataDir: string,
): Promise<Database> => {
  const engine = endpoint === undefined ? await startKeptEngine(dataDir) : elsewhere(endpoint);
  try {
    await prepareTable(engine.endpoint, tableName);
    return engine;
  } catch (error) {
    await engine.stop();
    const where = endpoint === undefined ? "the database engine" : `DYNAMODB_ENDPOINT: ${endpoint}`;
    throw new StartError([`${where} does not give the table ${tableName}: ${reasonOf(error)}`], { cause: error });
  }
};

const elsewhere = (endpoint: string): Pick<Engine, "endpoint" | "ended" | "stop"> => ({
  endpoint,
  ended: new Promise(() => undefined),
  stop: async () => undefined,
});

const prepareTable = async (endpoint: string, tableName: string): Promise<void> => {
  const { AWS_REGION: region } = awsEnv(endpoint);
  const client = new DynamoDBClient({
    endpoint,
    ...(region === undefined ? {} : { region }),
    ...(isAws(new URL(endpoint).hostname) ? {} : { credentials: { accessKeyId: "local", secretAccessKey: "local" } }),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_500, requestTimeout: 3_000 },
  });
  try {
    await ensureTable(client, tableName);
  } finally {
    client.destroy();
  }
};

const reasonOf = (error: unknown): string => {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return [code ?? name, message].filter((part) => part !== undefined && part !== "").join(": ");
};
