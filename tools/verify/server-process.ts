import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export type ServerProcess = {
  readonly url: string;
  readonly pid: number;
  /** Sends a message to a module that `nodeOptions` loaded, and returns its answer. */
  ask(): Promise<unknown>;
  /** Answers current requests, then stops. */
  stop(): Promise<void>;
};

export type ServerProcessOptions = {
  /** The folder of the project: this one or an unpacked earlier release. */
  root: string;
  /** Added to the environment of this process. */
  env: Record<string, string>;
  nodeOptions?: readonly string[];
};

const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** Starts a project's local server as a process of its own, on a free port. If it does not start, throws with its output. */
export const startServerProcess = async ({
  root,
  env,
  nodeOptions = [],
}: ServerProcessOptions): Promise<ServerProcess> => {
  const child = spawn(process.execPath, [...nodeOptions, join(root, "tools/local/main.ts")], {
    cwd: root,
    env: { ...process.env, PORT: "0", ADDRESS: "127.0.0.1", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_KEPT);
    });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let url: string | undefined;
  while (url === undefined) {
    if (!isRunning() || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the server of ${root} did not start:\n${output.trim()}`);
    }
    await delay(50);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
  }
  return {
    url,
    pid: child.pid ?? -1,
    ask: async () => {
      child.send("ask");
      const [answer] = await once(child, "message", { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
      return answer;
    },
    stop: async () => {
      process.off("exit", killAtExit);
      if (!isRunning()) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
};

const MAX_KEPT = 20_000;
