import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startKeptEngine } from "../../tools/local/engine/kept.ts";
import { startServedEngine } from "../../tools/local/engine/served.ts";
import type { Credentials } from "../../tools/local/engine/signature.ts";

declare module "vitest" {
  interface ProvidedContext {
    dynamodbEndpoint: string;
    /** What the engine verifies signatures with; undefined where it looks at none. */
    dynamodbCredentials: Credentials | undefined;
    /** Whether it is the embedded engine with a port of its own, which looks at no signature. */
    dynamodbServed: boolean;
  }
}

/**
 * One in-memory engine for the whole run; `createTestTable` gives each test its own table in it. `TEST_ENGINE=relay` uses
 * the engine of `npm start` instead, without a port and behind its relay. `DYNAMODB_ENDPOINT` names one that runs already,
 * such as DynamoDB Local.
 */
export default async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const given = process.env["DYNAMODB_ENDPOINT"] || undefined;
  const isRelay = process.env["TEST_ENGINE"] === "relay";
  project.provide("dynamodbServed", given === undefined && !isRelay);
  project.provide("dynamodbCredentials", undefined);
  if (given !== undefined) {
    project.provide("dynamodbEndpoint", given);
    return undefined;
  }
  if (!isRelay) {
    const engine = await startServedEngine();
    project.provide("dynamodbEndpoint", engine.endpoint);
    return () => engine.stop();
  }
  const folder = await mkdtemp(join(tmpdir(), "test-engine-"));
  const engine = await startKeptEngine(folder);
  project.provide("dynamodbEndpoint", engine.endpoint);
  project.provide("dynamodbCredentials", engine.credentials);
  return async () => {
    await engine.stop();
    await rm(folder, { recursive: true });
  };
};
