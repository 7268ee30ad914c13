import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../start-error.ts";
import { engineBinary } from "./binary.ts";
import { isRunning, spawnEngine, stopEngine } from "./process.ts";

export type ServedEngine = {
  readonly endpoint: string;
  stop(): Promise<void>;
};

export type ServedEngineOptions = {
  /** The database file. Without one everything is kept in memory. */
  dbPath?: string;
  /** Called for every process started, before it is known to work. */
  onSpawn?: (pid: number) => void;
};

const PORT_ATTEMPTS = 5;
const READY_TIMEOUT_MS = 5_000;

/**
 * Starts the engine on a free port of 127.0.0.1, open to every user of this machine: for tests and benchmarks, which need
 * the capacity units that only this way reports. Resolves once it answers. Rejects with a `StartError` if its binary is
 * missing or it does not start.
 */
export const startServedEngine = async (options: ServedEngineOptions = {}): Promise<ServedEngine> => {
  const binary = engineBinary();
  const database = options.dbPath === undefined ? [] : ["--db-path", options.dbPath];
  let said = "";
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = await freePort();
    const { child, output } = spawnEngine(
      binary,
      ["serve", "--host", "127.0.0.1", "--port", String(port), ...database],
      { stdio: ["ignore", "ignore", "pipe"] },
      options.onSpawn,
    );
    if (await answers(child, port)) return { endpoint: `http://127.0.0.1:${port}`, stop: () => stopEngine(child) };
    await stopEngine(child);
    said = output();
    // Another process may take the port between its choice and its use. Any other failure is final.
    if (!said.includes("already in use")) break;
  }
  throw new StartError([`the database engine did not start: ${said || "no answer in time"}`]);
};

const answers = async (child: ChildProcess, port: number): Promise<boolean> => {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline && isRunning(child)) {
    const healthy = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) }).then(
      async (response) => (await response.text()).startsWith("healthy"),
      () => false,
    );
    // If our child is gone, the answer came from another engine.
    if (healthy && isRunning(child)) return true;
    await delay(10);
  }
  return false;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
};
