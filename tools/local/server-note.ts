import { join } from "node:path";
import { leaveNote, readNote } from "./note.ts";

/** The data folder of a local server that was told of no other, below the folder it is started in. */
export const DEFAULT_DATA_DIR = ".data";

/** Where a running local server answers. */
export type ServerNote = {
  url: string;
  /** Whether its user chose the license key: a key that lies in the folder is then not the one it takes. */
  keyChosen: boolean;
};

/** Leaves word in the data directory of where the server answers, so that the command line finds it; gives its removal. */
export const noteServer = (dataDir: string, note: ServerNote): (() => void) => leaveNote(pathIn(dataDir), note);

/** The note as it stands; undefined where there is none. Of a server that was killed it is out of date. */
export const readServerNote = (dataDir: string): ServerNote | undefined => {
  const { url, keyChosen } = readNote(pathIn(dataDir));
  return typeof url === "string" && URL.canParse(url) && typeof keyChosen === "boolean"
    ? { url, keyChosen }
    : undefined;
};

const pathIn = (dataDir: string): string => join(dataDir, "server.json");
