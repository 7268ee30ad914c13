import { join } from "node:path";
import type { DatabaseAddress } from "./handler-env.ts";
import { leaveNote, readNote } from "./note.ts";

/** Where a running local server's table is. */
export type DatabaseNote = DatabaseAddress & { tableName: string };

/** Writes down in the data directory where the table is, for commands that work on it meanwhile. Returns its removal. */
export const noteDatabase = (dataDir: string, note: DatabaseNote): (() => void) => leaveNote(pathIn(dataDir), note);

/** The note; undefined where there is none. After a server was killed, its note is out of date. */
export const readDatabaseNote = (dataDir: string): DatabaseNote | undefined => {
  const { endpoint, tableName, credentials } = readNote(pathIn(dataDir));
  if (typeof endpoint !== "string" || typeof tableName !== "string") return undefined;
  return { endpoint, tableName, credentials: credentialsIn(credentials) };
};

const credentialsIn = (noted: unknown): DatabaseAddress["credentials"] => {
  const { accessKeyId, secretAccessKey } = (noted ?? {}) as Readonly<Record<string, unknown>>;
  return typeof accessKeyId === "string" && typeof secretAccessKey === "string"
    ? { accessKeyId, secretAccessKey }
    : undefined;
};

const pathIn = (dataDir: string): string => join(dataDir, "database.json");
