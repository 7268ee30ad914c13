import type { TestProject } from "vitest/node";
import { startEngine } from "../../tools/local/engine.ts";

declare module "vitest" {
  interface ProvidedContext {
    dynamodbEndpoint: string;
    /** Whether that is the embedded engine. */
    dynamodbEmbedded: boolean;
  }
}

/**
 * One in-memory engine for the whole run; `createTestTable` gives each test its own table in it. With DYNAMODB_ENDPOINT
 * set, the engine there (DynamoDB Local, say) is used instead.
 */
export default async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const given = process.env["DYNAMODB_ENDPOINT"];
  project.provide("dynamodbEmbedded", given === undefined || given === "");
  if (given !== undefined && given !== "") {
    project.provide("dynamodbEndpoint", given);
    return undefined;
  }
  const engine = await startEngine();
  project.provide("dynamodbEndpoint", engine.endpoint);
  return () => engine.stop();
};
