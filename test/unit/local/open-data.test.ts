import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import { openDataDir } from "../../../tools/local/data-dir.ts";
import { noteDatabase, readDatabaseNote } from "../../../tools/local/database-note.ts";
import { startKeptEngine } from "../../../tools/local/engine/kept.ts";
import type { DatabaseAddress } from "../../../tools/local/handler-env.ts";
import { openData } from "../../../tools/local/open-data.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "open-data-test-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
/** The tables of a database, by a signed request. */
const tables = async ({ endpoint, credentials }: DatabaseAddress): Promise<unknown> => {
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    ...(credentials === undefined ? {} : { credentials }),
  });
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
};

describe("a local server's data", () => {
  it("of no server is opened with an engine of its own, and locked until it is closed", async () => {
    const folder = await newFolder();
    const data = await openData(folder);
    expect(await tables(data)).toEqual([]);
    expect(() => openDataDir(folder)).toThrow("another local server");
    await data.close();
    openDataDir(folder).release();
    await expect(tables(data)).rejects.toThrow();
  });

  it("of a running server is used where the server left word of it, and the server goes on", async () => {
    const folder = await newFolder();
    const lock = openDataDir(folder);
    cleanups.push(() => lock.release());
    const engine = await startKeptEngine(lock.path);
    cleanups.push(() => engine.stop());
    cleanups.push(noteDatabase(lock.path, { ...engine, tableName: "its-table" }));
    const data = await openData(folder);
    expect(data).toMatchObject({ endpoint: engine.endpoint, tableName: "its-table" });
    await data.close();
    expect(await tables(data)).toEqual([]);
    expect(await tables(engine)).toEqual([]);
  });

  it("is not taken for that of a server that was killed, whatever word it left", async () => {
    const folder = await newFolder();
    noteDatabase(folder, { endpoint: "http://127.0.0.1:1", tableName: "old" });
    const data = await openData(folder);
    cleanups.push(() => data.close());
    expect(data.tableName).toBeUndefined();
    expect(await tables(data)).toEqual([]);
  });

  it("that is not there is told, and none is made", async () => {
    const folder = join(await newFolder(), "nowhere");
    await expect(openData(folder)).rejects.toThrow(`There is no local data at ${folder}.`);
    expect(readDatabaseNote(folder)).toBeUndefined();
  });
});
