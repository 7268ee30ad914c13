import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Writes a note to a file, for commands that run beside the server. Returns its removal. */
export const leaveNote = (path: string, note: object): (() => void) => {
  writeFileSync(path, JSON.stringify(note), { mode: 0o600 });
  return () => rmSync(path, { force: true });
};

/** The content of a note, not checked yet; empty where there is none. */
export const readNote = (path: string): Readonly<Record<string, unknown>> => {
  try {
    const note: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof note === "object" && note !== null ? { ...note } : {};
  } catch {
    return {};
  }
};
