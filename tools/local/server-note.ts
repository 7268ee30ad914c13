import { join } from "node:path";
import { leaveNote, readNote } from "./note.ts";

/** The default data folder of a local server, below the folder in which it is started. */
export const DEFAULT_DATA_DIR = ".data";

/** The address of a running local server. */
export type ServerNote = {
  url: string;
  /** Whether the user chose the license key: then the key in the folder is not valid. */
  keyChosen: boolean;
};

/** Writes the server's address to the data directory, so that the CLI finds it. Returns its removal. */
export const noteServer = (dataDir: string, note: ServerNote): (() => void) => leaveNote(pathIn(dataDir), note);

/** The note; undefined where there is none. After a server was killed, its note is out of date. */
export const readServerNote = (dataDir: string): ServerNote | undefined => {
  const { url, keyChosen } = readNote(pathIn(dataDir));
  return typeof url === "string" && URL.canParse(url) && typeof keyChosen === "boolean"
    ? { url, keyChosen }
    : undefined;
};

const pathIn = (dataDir: string): string => join(dataDir, "server.json");
