import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "./start-error.ts";

export type DataDir = {
  readonly path: string;
  release(): void;
};

/**
 * Locks the data directory for this server, and creates it if it is missing. The lock is an SQLite transaction, so the
 * operating system ends it with the process and it is never stale.
 * Throws a `StartError` if the directory cannot be locked.
 */
export const openDataDir = (wanted: string): DataDir => {
  const path = created(wanted);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, "server.lock"), { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock?.close();
    const locked = (error as { errcode?: number }).errcode === SQLITE_BUSY;
    throw new StartError(
      [
        locked
          ? `DATA_DIR: another local server uses ${path}. Stop it first, or use another directory.`
          : `DATA_DIR: ${path} cannot be locked: ${error instanceof Error ? error.message : String(error)}`,
      ],
      { cause: error },
    );
  }
  const held = lock;
  return { path, release: () => held.close() };
};

const SQLITE_BUSY = 5;

const created = (path: string): string => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new StartError([`DATA_DIR: ${path} cannot be used: ${code}`], { cause: error });
  }
};
