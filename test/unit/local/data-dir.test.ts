import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataDir } from "../../../tools/local/data-dir.ts";
import { demoLicense } from "../../../tools/local/demo-license.ts";
import { type KeptEngine, startKeptEngine } from "../../../tools/local/engine/kept.ts";
import { keptLicenseKey, keptSigningPath } from "../../../tools/local/secrets.ts";
import { ensureTable } from "../../../tools/local/table.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "data-dir-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clientOf = ({ endpoint, credentials }: KeptEngine): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint,
      region: "us-east-1",
      credentials,
    }),
  );

describe("a data directory", () => {
  it("is one server's at a time", () => {
    const first = openDataDir(folder);
    expect(() => openDataDir(folder)).toThrow(/another local server uses/);
    first.release();
    openDataDir(folder).release();
  });

  it("is refused in one line where it cannot be", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => openDataDir(join(file, "below"))).toThrow(/^DATA_DIR: .* cannot be used: ENOTDIR$/);
  });

  it("keeps the generated secrets, for their owner only", () => {
    const key = keptLicenseKey(folder);
    expect(Buffer.from(key, "base64url")).toHaveLength(32);
    expect(keptLicenseKey(folder)).toBe(key);
    const path = keptSigningPath(folder, "lease");
    const body = readFileSync(path, "utf8");
    expect(JSON.parse(body)).toEqual({ seed: expect.stringMatching(/^[A-Za-z0-9]{64}$/) });
    expect(readFileSync(keptSigningPath(folder, "lease"), "utf8")).toBe(body);
    for (const file of ["license-key", "lease-signing.json"])
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it("keeps its demo license until that expires; the next one goes on with the same subscription", async () => {
    const now = Date.UTC(2026, 10, 20);
    const first = await demoLicense(folder, now);
    expect(first.file.terms).toMatchObject({ type: "teams", maxSeats: 10 });
    expect(statSync(first.path).mode & 0o777).toBe(0o600);
    expect((await demoLicense(folder, first.file.expiresAt - 1)).file.fingerprint).toBe(first.file.fingerprint);
    const second = await demoLicense(folder, first.file.expiresAt);
    expect(second.file.fingerprint).not.toBe(first.file.fingerprint);
    expect(second.file.terms.subscriptionId).toBe(first.file.terms.subscriptionId);
  });

  it("loses no acknowledged write when its engine is killed", async () => {
    const engine = await startKeptEngine(folder);
    const client = clientOf(engine);
    await ensureTable(client, "table");
    const acknowledged: string[] = [];
    const writeOn = async (writer: number): Promise<never> => {
      for (let count = 0; ; count++) {
        const sk = `${writer}-${count}`;
        await client.send(new PutCommand({ TableName: "table", Item: { pk: "p", sk } }));
        acknowledged.push(sk);
        if (acknowledged.length === 60) process.kill(engine.pid, "SIGKILL");
      }
    };
    await Promise.allSettled([writeOn(0), writeOn(1), writeOn(2)]);
    await engine.ended;
    const next = await startKeptEngine(folder);
    const found = await clientOf(next).send(
      new QueryCommand({
        TableName: "table",
        KeyConditionExpression: "pk = :p",
        ExpressionAttributeValues: { ":p": "p" },
      }),
    );
    await next.stop();
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    expect(found.Items?.map(({ sk }) => sk)).toEqual(expect.arrayContaining(acknowledged));
  });

  it("has an engine that outlived its server stopped before the next one starts", async () => {
    const orphan = await startKeptEngine(folder);
    await ensureTable(clientOf(orphan), "table");
    await clientOf(orphan).send(new PutCommand({ TableName: "table", Item: { pk: "a", sk: "a" } }));
    const next = await startKeptEngine(folder);
    await orphan.ended;
    const found = await clientOf(next).send(new GetCommand({ TableName: "table", Key: { pk: "a", sk: "a" } }));
    expect(found.Item).toEqual({ pk: "a", sk: "a" });
    await next.stop();
    expect(existsSync(join(folder, "engine", "pid"))).toBe(false);
  });

  it("leaves a process alone that merely has the number of an engine that is gone", async () => {
    const engine = await startKeptEngine(folder);
    await engine.stop();
    const bystander = spawn("sleep", ["60"]);
    writeFileSync(join(folder, "engine", "pid"), String(bystander.pid));
    const next = await startKeptEngine(folder);
    await next.stop();
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
    bystander.kill();
  });
});
