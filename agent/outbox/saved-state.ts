import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export type SavedState = {
  /** What the file has; undefined if there is none, or it is damaged. */
  read(): unknown;
  /** Replaces the file in one step. Returns the fault if it cannot be written. */
  write(state: unknown): string | undefined;
};

/** A file with JSON data that a restart needs. */
export const createSavedState = (path: string): SavedState => ({
  read: () => {
    try {
      return JSON.parse(readFileSync(path, "utf8")) as unknown;
    } catch {
      return undefined;
    }
  },
  write: (state) => {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  },
});
