import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import type { Context } from "aws-lambda";

/** One function, started with its first event. */
export type RunningFunction = {
  invoke(event: unknown, context: Context, nowMs: number): Promise<unknown>;
  stop(): Promise<void>;
};

type Reply = { id: number; result?: unknown; error?: string };

/** A bundle in a thread of its own, which sees this environment and no other, as a function sees its own. */
export const runFunction = (bundle: string, env: Record<string, string>, nowMs: number): RunningFunction => {
  // What it logs is kept off the test's own output; nobody reads it.
  const worker = new Worker(join(import.meta.dirname, "function-worker.ts"), {
    env,
    execArgv: [],
    workerData: { bundle, nowMs },
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) void text(stream);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
  };
  worker.on("error", failAll);
  worker.on("exit", () => failAll(new Error("the function has ended")));
  worker.on("message", ({ id, result, error }: Reply) => {
    const reply = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) reply?.resolve(result);
    else reply?.reject(new Error(error));
  });
  let last = 0;
  return {
    invoke(event, context, now) {
      last += 1;
      const reply = Promise.withResolvers<unknown>();
      waiting.set(last, reply);
      const { getRemainingTimeInMillis, done, fail, succeed, ...told } = context;
      worker.postMessage({ id: last, event, context: told, remainingMs: getRemainingTimeInMillis(), nowMs: now });
      return reply.promise;
    },
    async stop() {
      worker.removeAllListeners("exit");
      await worker.terminate();
    },
  };
};
