import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { commandLine } from "../command-line.ts";
import { StartError } from "../start-error.ts";
import { engineBinary } from "./binary.ts";
import { type EngineChild, startEngineChild } from "./child.ts";
import { dynamoDbOver } from "./dynamodb.ts";
import { startRelay } from "./relay.ts";
import type { Credentials } from "./signature.ts";

/** The engine of a data folder behind its relay. */
export type KeptEngine = {
  /** Where the relay answers requests that are signed with `credentials`. */
  readonly endpoint: string;
  /** New at each start. */
  readonly credentials: Credentials;
  readonly pid: number;
  /** Settles when the engine has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts the engine on the database of a data folder, which the caller has locked. An engine that outlived a killed server
 * is stopped first: what was acknowledged is in the database, so nothing is lost. Rejects with a `StartError`.
 */
export const startKeptEngine = async (dataDir: string): Promise<KeptEngine> => {
  const folder = join(dataDir, "engine");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pidPath = join(folder, "pid");
  const dbPath = join(folder, "table.db");
  await stopOrphan(pidPath, dbPath);
  const engine = await startEngineChild(dbPath, { onSpawn: (pid) => writeFileSync(pidPath, String(pid)) });
  const credentials = { accessKeyId: "local", secretAccessKey: randomBytes(32).toString("base64url") };
  const relay = await startRelay(dynamoDbOver(engine), credentials, Date.now).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  return keptEngine(engine, relay, credentials, pidPath);
};

const keptEngine = (
  engine: EngineChild,
  relay: Awaited<ReturnType<typeof startRelay>>,
  credentials: Credentials,
  pidPath: string,
): KeptEngine => ({
  endpoint: relay.endpoint,
  credentials,
  pid: engine.pid,
  ended: engine.ended,
  stop: async () => {
    await relay.close();
    await engine.stop();
    rmSync(pidPath, { force: true });
  },
});

const STOP_ATTEMPTS = 60;
const STOP_INTERVAL_MS = 50;

const stopOrphan = async (pidPath: string, dbPath: string): Promise<void> => {
  const pid = readPid(pidPath);
  if (pid === undefined) return;
  for (let attempt = 0; attempt < STOP_ATTEMPTS; attempt++) {
    if (!isOurEngine(pid, dbPath)) return;
    signal(pid, attempt < STOP_ATTEMPTS / 2 ? "SIGTERM" : "SIGKILL");
    await delay(STOP_INTERVAL_MS);
  }
  throw new StartError([`DATA_DIR: process ${pid}, the engine of an earlier server, does not end: stop it first`]);
};

const readPid = (path: string): number | undefined => {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
};

// The pid may belong to another process by now, so its command line has to name our engine and our database.
const isOurEngine = (pid: number, dbPath: string): boolean => {
  const command = commandLine(pid);
  return command.includes(basename(engineBinary())) && command.includes(dbPath);
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
};
