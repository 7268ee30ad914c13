import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a running local server's table is. */
export type DatabaseNote = { endpoint: string; tableName: string };

/** Leaves word in the data directory of where the table is, for commands that work on it meanwhile; gives its removal. */
export const noteDatabase = (dataDir: string, note: DatabaseNote): (() => void) => {
  writeFileSync(pathIn(dataDir), JSON.stringify(note), { mode: 0o600 });
  return () => rmSync(pathIn(dataDir), { force: true });
};

/** The note as it stands; undefined where there is none. Of a server that was killed it is out of date. */
export const readDatabaseNote = (dataDir: string): DatabaseNote | undefined => {
  try {
    const note = JSON.parse(readFileSync(pathIn(dataDir), "utf8")) as Partial<DatabaseNote>;
    return typeof note.endpoint === "string" && typeof note.tableName === "string"
      ? { endpoint: note.endpoint, tableName: note.tableName }
      : undefined;
  } catch {
    return undefined;
  }
};

const pathIn = (dataDir: string): string => join(dataDir, "database.json");
