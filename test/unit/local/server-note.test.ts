import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noteServer, readServerNote } from "../../../tools/local/server-note.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "server-note-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the word a server leaves of where it answers", () => {
  it("is there for its owner alone until it is taken back", () => {
    const note = { url: "https://127.0.0.1:8443/prefix", keyChosen: true };
    const remove = noteServer(folder, note);
    expect(readServerNote(folder)).toEqual(note);
    expect(statSync(join(folder, "server.json")).mode & 0o777).toBe(0o600);
    remove();
    expect(readdirSync(folder)).toEqual([]);
    expect(readServerNote(folder)).toBeUndefined();
  });

  it.each([["{"], ["null"], ['"text"'], ['{"url":"http://127.0.0.1:1"}'], ['{"url":"nowhere","keyChosen":false}']])(
    "counts for nothing where it is not whole: %s",
    (text) => {
      writeFileSync(join(folder, "server.json"), text);
      expect(readServerNote(folder)).toBeUndefined();
    },
  );
});
