import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Pace } from "../../shared/store/retry.ts";

/** The SDK's client of an embedded engine, which takes any keys. */
export const localClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** Time and chance as they are. */
export const REAL_PACE: Pace = {
  now: Date.now,
  random: Math.random,
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
