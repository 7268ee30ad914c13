import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Leaves word in a file, for commands that run beside the server; gives its removal. */
export const leaveNote = (path: string, note: object): (() => void) => {
  writeFileSync(path, JSON.stringify(note), { mode: 0o600 });
  return () => rmSync(path, { force: true });
};

/** What a note says, to be looked at before it is believed; nothing where there is none. */
export const readNote = (path: string): Readonly<Record<string, unknown>> => {
  try {
    const note: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof note === "object" && note !== null ? { ...note } : {};
  } catch {
    return {};
  }
};
