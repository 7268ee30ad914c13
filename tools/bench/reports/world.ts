import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { createTable } from "../../../shared/store/dynamodb.ts";
import type { Pace } from "../../../shared/store/retry.ts";
import type { Table } from "../../../shared/store/table.ts";
import { startServedEngine } from "../../local/engine/served.ts";
import { ensureTable } from "../../local/table.ts";
import { mintLicense, mintTerms } from "../../mint/mint.ts";
import { localClient, REAL_PACE } from "../local-client.ts";

/** An engine with an empty table, a license, and a folder; all of it goes when it is closed. */
export type World = {
  endpoint: string;
  tableName: string;
  table: Table;
  pace: Pace;
  folder: string;
  licensePem: string;
  close(): Promise<void>;
};

const TABLE_NAME = "license-server";

/** With `onDisk`, what the table holds does not have to fit in memory. */
export const createWorld = async ({ onDisk }: { onDisk: boolean }): Promise<World> => {
  const folder = await mkdtemp(join(tmpdir(), "license-server-reports-"));
  const engine = await startServedEngine(onDisk ? { dbPath: join(folder, "table.db") } : {});
  const base = localClient(engine.endpoint);
  await ensureTable(base, TABLE_NAME);
  const client = DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } });
  const pace = REAL_PACE;
  return {
    endpoint: engine.endpoint,
    tableName: TABLE_NAME,
    table: createTable({ client, tableName: TABLE_NAME, pace }),
    pace,
    folder,
    licensePem: await mint(Date.now()),
    async close() {
      base.destroy();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const mint = async (now: number): Promise<string> => {
  const { pem } = await mintLicense({
    organization: "Load",
    terms: mintTerms({ type: "enterprise", max_seats: 1_000, subscription_id: "load" }),
    notBefore: now - DAY_MS,
    notAfter: now + 300 * DAY_MS,
    serialNumber: `01${randomBytes(15).toString("hex")}`,
  });
  return pem;
};
