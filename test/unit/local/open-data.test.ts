import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openDataDir } from "../../../tools/local/data-dir.ts";
import { noteDatabase, readDatabaseNote } from "../../../tools/local/database-note.ts";
import { startKeptEngine } from "../../../tools/local/kept-engine.ts";
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
const health = async (endpoint: string): Promise<string> => (await fetch(endpoint)).text();

describe("a local server's data", () => {
  it("of no server is opened with an engine of its own, and locked until it is closed", async () => {
    const folder = await newFolder();
    const data = await openData(folder);
    expect(await health(data.endpoint)).toContain("healthy");
    expect(() => openDataDir(folder)).toThrow("another local server");
    await data.close();
    openDataDir(folder).release();
    await expect(health(data.endpoint)).rejects.toThrow();
  });

  it("of a running server is used where the server left word of it, and the server goes on", async () => {
    const folder = await newFolder();
    const lock = openDataDir(folder);
    cleanups.push(() => lock.release());
    const engine = await startKeptEngine(lock.path);
    cleanups.push(() => engine.stop());
    cleanups.push(noteDatabase(lock.path, { endpoint: engine.endpoint, tableName: "its-table" }));
    const data = await openData(folder);
    expect(data).toMatchObject({ endpoint: engine.endpoint, tableName: "its-table" });
    await data.close();
    expect(await health(engine.endpoint)).toContain("healthy");
  });

  it("is not taken for that of a server that was killed, whatever word it left", async () => {
    const folder = await newFolder();
    noteDatabase(folder, { endpoint: "http://127.0.0.1:1", tableName: "old" });
    const data = await openData(folder);
    cleanups.push(() => data.close());
    expect(data.tableName).toBeUndefined();
    expect(await health(data.endpoint)).toContain("healthy");
  });

  it("that is not there is told, and none is made", async () => {
    const folder = join(await newFolder(), "nowhere");
    await expect(openData(folder)).rejects.toThrow(`there is no local data at ${folder}`);
    expect(readDatabaseNote(folder)).toBeUndefined();
  });
});
