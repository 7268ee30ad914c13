import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { commandLine } from "./command-line.ts";
import { type Engine, engineBinary, startEngine } from "./engine.ts";
import { StartError } from "./start-error.ts";

/**
 * Starts the engine on the database of a data directory, which the caller has taken for itself. An engine that outlived
 * a killed server is stopped first: what was acknowledged is in the database, so nothing is lost by it.
 */
export const startKeptEngine = async (dataDir: string): Promise<Engine> => {
  const folder = join(dataDir, "engine");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pidPath = join(folder, "pid");
  const dbPath = join(folder, "table.db");
  await stopOrphan(pidPath, dbPath);
  const engine = await startEngine({
    dbPath,
    detached: true,
    onSpawn: (pid) => writeFileSync(pidPath, String(pid)),
  });
  return {
    ...engine,
    stop: async () => {
      await engine.stop();
      rmSync(pidPath, { force: true });
    },
  };
};

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

// A pid may have gone to another process since, so its command line has to name our engine and our database.
const isOurEngine = (pid: number, dbPath: string): boolean => {
  const command = commandLine(pid);
  return command.includes(basename(engineBinary())) && command.includes(dbPath);
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // Gone meanwhile.
  }
};
