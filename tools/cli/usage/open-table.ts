import { randomBytes } from "node:crypto";
import { createClient, createTable } from "../../../shared/store/dynamodb.ts";
import type { Pace } from "../../../shared/store/retry.ts";
import { type Scan, scanOf } from "../../../shared/store/scan.ts";
import type { Table } from "../../../shared/store/table.ts";
import { usageMarks } from "../../../shared/usage/marks.ts";
import { awsEnv, type DatabaseAddress } from "../../local/handler-env.ts";
import { openData } from "../../local/open-data.ts";
import { StartError } from "../../local/start-error.ts";
import { CliError, EXIT } from "../exit.ts";

/** Where the table is: a local server's data directory, a deployment, or DynamoDB. */
export type Place = {
  dataDir?: string | undefined;
  stackPrefix?: string | undefined;
  region?: string | undefined;
  table?: string | undefined;
  endpoint?: string | undefined;
};

const LOCAL_TABLE = "license-server";

const PACE: Pace = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** What the commands work with, over the real table. A deployment's table name must be known already. */
export const openTable = async (
  place: Omit<Place, "stackPrefix"> & { retentionDays: number },
  env: NodeJS.ProcessEnv,
) => {
  if (place.region !== undefined) env["AWS_REGION"] = place.region;
  const { endpoint, credentials, tableName, close } = await located(place, env);
  if (endpoint !== undefined) useDatabase({ endpoint, credentials }, env);
  const client = createClient(endpoint);
  const table: Table = createTable({ client, tableName, pace: PACE });
  const scan: Scan = scanOf(client, tableName);
  return {
    table,
    scan,
    tableName,
    endpoint,
    region: () => client.config.region(),
    pace: PACE,
    retentionDays: place.retentionDays,
    usageMarks: usageMarks(table, PACE.now, place.retentionDays),
    newSecret: () => randomBytes(32).toString("base64url"),
    close: async () => {
      client.destroy();
      await close();
    },
  };
};

export type OpenTable = Awaited<ReturnType<typeof openTable>>;

type Located = {
  endpoint: string | undefined;
  credentials?: DatabaseAddress["credentials"];
  tableName: string;
  close: () => Promise<void>;
};

const located = async (place: Omit<Place, "stackPrefix">, env: NodeJS.ProcessEnv): Promise<Located> => {
  const { dataDir, table, endpoint } = place;
  const tableName = table ?? (env["TABLE_NAME"] || undefined);
  if (dataDir !== undefined) {
    if (endpoint !== undefined) throw new CliError(EXIT.usage, "--data-dir does not go with --endpoint.");
    const data = await openData(dataDir).catch((error: unknown) => {
      throw error instanceof StartError ? new CliError(EXIT.unavailable, ...error.problems) : error;
    });
    return { ...data, tableName: table ?? data.tableName ?? (env["TABLE_NAME"] || LOCAL_TABLE) };
  }
  if (tableName === undefined)
    throw new CliError(
      EXIT.usage,
      "No table specified. Use --stack-prefix (a deployment), --data-dir (a local server) or --table.",
    );
  return {
    endpoint: endpoint ?? (env["DYNAMODB_ENDPOINT"] || undefined),
    tableName,
    close: async () => undefined,
  };
};

// The SDK reads region and credentials from the environment. Real credentials go to endpoints of AWS only.
const useDatabase = (database: DatabaseAddress, env: NodeJS.ProcessEnv): void => {
  for (const [name, value] of Object.entries(awsEnv(database)))
    if (value === undefined) delete env[name];
    else env[name] = value;
};
