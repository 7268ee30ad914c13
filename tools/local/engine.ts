import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "./start-error.ts";

export type Engine = {
  readonly endpoint: string;
  readonly pid: number;
  /** Settles when the engine has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

export type EngineOptions = {
  /** The database file. Without one everything is kept in memory. */
  dbPath?: string;
  /** Away from the terminal's Ctrl-C, so that whoever started it decides when it ends. */
  detached?: boolean;
  /** Told of every process started, before it is known to work. */
  onSpawn?: (pid: number) => void;
};

const PORT_ATTEMPTS = 5;
const READY_TIMEOUT_MS = 5_000;
const STOP_TIMEOUT_MS = 3_000;

/**
 * Starts the embedded DynamoDB-compatible engine on a free port of 127.0.0.1 and resolves once it answers.
 * Rejects with a `StartError` if its binary is missing or it does not come up.
 */
export const startEngine = async (options: EngineOptions = {}): Promise<Engine> => {
  const binary = engineBinary();
  let output = "";
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    const port = await freePort();
    const child = spawnEngine(binary, port, options);
    const text = collectOutput(child);
    if (await answers(child, port)) return engineOf(child, port);
    await stopChild(child);
    output = text();
    // Somebody may take the port between its choice and its use; anything else will not mend by itself.
    if (!output.includes("already in use")) break;
  }
  throw new StartError([`the database engine did not start: ${output.trim() || "no answer in time"}`]);
};

/** The path of a platform's engine binary, an optional dependency. Throws a `StartError` where it is not installed. */
export const engineBinary = (platform: string = process.platform, arch: string = process.arch): string => {
  const name = `@dynoxide/${platform}-${arch}`;
  try {
    const root = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const binary = join(root, platform === "win32" ? "dynoxide.exe" : "dynoxide");
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed: said below, together with an installation that lost its binary.
  }
  throw new StartError([
    `the database engine ${name} is not installed: run npm ci, or set DYNAMODB_ENDPOINT to DynamoDB Local's address`,
  ]);
};

const spawnEngine = (binary: string, port: number, options: EngineOptions): ChildProcess => {
  const database = options.dbPath === undefined ? [] : ["--db-path", options.dbPath];
  const child = spawn(binary, ["serve", "--host", "127.0.0.1", "--port", String(port), ...database], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.detached ?? false,
  });
  if (child.pid === undefined) return child;
  options.onSpawn?.(child.pid);
  const killAtExit = () => child.kill();
  process.once("exit", killAtExit);
  child.once("exit", () => process.off("exit", killAtExit));
  return child;
};

const collectOutput = (child: ChildProcess): (() => string) => {
  let text = "";
  const append = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-2_000);
  };
  child.stdout?.on("data", append);
  child.stderr?.on("data", append);
  child.on("error", (error) => append(Buffer.from(error.message)));
  return () => text;
};

const answers = async (child: ChildProcess, port: number): Promise<boolean> => {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline && isRunning(child)) {
    const healthy = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_000) }).then(
      async (response) => (await response.text()).startsWith("healthy"),
      () => false,
    );
    // An answer while our child is gone came from somebody else's engine.
    if (healthy && isRunning(child)) return true;
    await delay(10);
  }
  return false;
};

const engineOf = (child: ChildProcess, port: number): Engine => ({
  endpoint: `http://127.0.0.1:${port}`,
  pid: child.pid ?? -1,
  ended: whenEnded(child),
  stop: () => stopChild(child),
});

const stopChild = async (child: ChildProcess): Promise<void> => {
  if (!isRunning(child)) return;
  const ended = whenEnded(child);
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
};

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

const whenEnded = async (child: ChildProcess): Promise<void> => {
  if (isRunning(child)) await once(child, "exit");
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return address.port;
};
