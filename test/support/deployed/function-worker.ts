import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

/**
 * One function as Lambda runs it: its bundle, with an environment of its own. The clock is the test's, and stands still
 * between events.
 */
type Invocation = { id: number; event: unknown; context: object; remainingMs: number; nowMs: number };

const { bundle, nowMs } = workerData as { bundle: string; nowMs: number };
let clock = nowMs;
Date.now = () => clock;
const { handler } = createRequire(import.meta.url)(bundle) as {
  handler: (event: unknown, context: object) => Promise<unknown>;
};

parentPort?.on("message", async ({ id, event, context, remainingMs, nowMs: now }: Invocation) => {
  clock = now;
  try {
    const result = await handler(event, { ...context, getRemainingTimeInMillis: () => remainingMs });
    parentPort?.postMessage({ id, result });
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
