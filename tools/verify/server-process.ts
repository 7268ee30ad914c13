import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export type ServerProcess = {
  readonly url: string;
  readonly pid: number;
  /** Asks a module that was loaded with `nodeOptions`, and gives its answer. */
  ask(): Promise<unknown>;
  /** Answers what is under way, then ends. */
  stop(): Promise<void>;
};

export type ServerProcessOptions = {
  /** The project whose local server it is: this one or an earlier release, unpacked. */
  root: string;
  /** Beside what this process has itself. */
  env: Record<string, string>;
  nodeOptions?: readonly string[];
};

const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** Starts a project's local server as a process of its own, on any free port. Throws, with its last words, where it does not start. */
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
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-MAX_KEPT);
    });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let url: string | undefined;
  while (url === undefined) {
    if (!isRunning() || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`the server of ${root} did not start:\n${said.trim()}`);
    }
    await delay(50);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
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
