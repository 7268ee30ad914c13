import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startKeptEngine } from "./engine/kept.ts";
import { awsEnv, type DatabaseAddress, isAws } from "./handler-env.ts";
import { StartError } from "./start-error.ts";
import { ensureTable } from "./table.ts";

export type Database = DatabaseAddress & {
  /** Settles if the embedded engine ends; never for one that runs elsewhere. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

/**
 * The database with its table: the embedded engine on the data directory, or the one at `endpoint`.
 * Throws a `StartError` if it cannot be used.
 */
export const openDatabase = async (
  endpoint: string | undefined,
  tableName: string,
  dataDir: string,
): Promise<Database> => {
  const engine = endpoint === undefined ? await startKeptEngine(dataDir) : elsewhere(endpoint);
  try {
    await prepareTable(engine, tableName);
    return engine;
  } catch (error) {
    await engine.stop();
    const where = endpoint === undefined ? "The database engine" : `DYNAMODB_ENDPOINT: ${endpoint}`;
    throw new StartError([`${where} cannot open the table ${tableName}: ${reasonOf(error)}`], { cause: error });
  }
};

const elsewhere = (endpoint: string): Database => ({
  endpoint,
  ended: new Promise(() => undefined),
  stop: async () => undefined,
});

const prepareTable = async (address: DatabaseAddress, tableName: string): Promise<void> => {
  const { endpoint, credentials = { accessKeyId: "local", secretAccessKey: "local" } } = address;
  const { AWS_REGION: region } = awsEnv(address);
  const client = new DynamoDBClient({
    endpoint,
    ...(region === undefined ? {} : { region }),
    ...(isAws(new URL(endpoint).hostname) ? {} : { credentials }),
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
