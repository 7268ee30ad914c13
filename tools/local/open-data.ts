import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { readDatabaseNote } from "./database-note.ts";
import { startKeptEngine } from "./engine/kept.ts";
import type { DatabaseAddress } from "./handler-env.ts";
import { StartError } from "./start-error.ts";

export type OpenData = DatabaseAddress & {
  /** The absolute path of the folder. */
  readonly path: string;
  /** The table's name, if a running server noted it. */
  readonly tableName: string | undefined;
  /** Stops what was started for it; a running server continues. */
  close(): Promise<void>;
};

const ATTEMPTS = 50;
const INTERVAL_MS = 100;

/**
 * Opens the database of a local server's data directory, whether the server runs or not. If the directory's lock is free,
 * it is locked and the engine runs until `close`; if a server holds the lock, that server's engine is used.
 * Throws a `StartError` for what the user can fix.
 */
export const openData = async (wanted: string): Promise<OpenData> => {
  const path = resolve(wanted);
  if (!existsSync(path)) throw new StartError([`There is no local data at ${path}.`]);
  let refusal: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const lock = tryLock(path);
    if (lock.ok) return withOwnEngine(lock.dataDir);
    refusal = lock.error;
    // The lock is held, so the note is of a running server, or of a killed one while the next one starts.
    const note = readDatabaseNote(path);
    if (note !== undefined && (await answers(note.endpoint))) return { path, ...note, close: async () => undefined };
    await delay(INTERVAL_MS);
  }
  throw refusal;
};

const tryLock = (path: string): { ok: true; dataDir: DataDir } | { ok: false; error: unknown } => {
  try {
    return { ok: true, dataDir: openDataDir(path) };
  } catch (error) {
    if (error instanceof StartError) return { ok: false, error };
    throw error;
  }
};

const withOwnEngine = async (dataDir: DataDir): Promise<OpenData> => {
  try {
    const engine = await startKeptEngine(dataDir.path);
    return {
      path: dataDir.path,
      endpoint: engine.endpoint,
      credentials: engine.credentials,
      tableName: undefined,
      close: async () => {
        await engine.stop();
        dataDir.release();
      },
    };
  } catch (error) {
    dataDir.release();
    throw error;
  }
};

// Any answer shows that the engine runs.
const answers = (endpoint: string): Promise<boolean> =>
  fetch(endpoint, { signal: AbortSignal.timeout(1_000) }).then(
    () => true,
    () => false,
  );
