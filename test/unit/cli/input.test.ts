import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { profilePath } from "../../../tools/cli/profile-file.ts";
import { fakeRun } from "./fake-run.ts";

let folder = "";
let damaged = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "license-server-cli-"));
  damaged = join(folder, "damaged");
  writeFileSync(damaged, Buffer.concat([Buffer.from("first\nsec"), Uint8Array.of(0xe9), Buffer.from("ret\n")]));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("text that is not valid UTF-8 is refused with the place, before anything is sent, and is not quoted", () => {
  it.each([
    [
      "an argument",
      ["seat", "release", "--yes", "secret\ufffd"],
      {},
      "Argument 4, after --yes: not valid UTF-8 at character 7",
    ],
    ["an option", ["session", "ls", "--user=\ufffd"], {}, "Argument 3 (--user): not valid UTF-8 at character 8"],
    ["a variable", ["seat", "ls"], { LICENSE_SERVER_KEY: "\ufffd" }, "LICENSE_SERVER_KEY: not valid UTF-8"],
    ["the home folder", ["seat", "ls"], { HOME: "/\ufffd" }, "HOME: not valid UTF-8"],
  ])("%s", async (_what, args, env, words) => {
    const { exit, err, requests } = await fakeRun(args, undefined, env);
    expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
    expect(err).toContain(words);
    expect(err).not.toContain("secret");
  });

  it.each([
    ["a key file", (file: string) => ["seat", "ls", "--key-file", file]],
    ["a token file", (file: string) => ["seat", "ls", "--token-file", file]],
    ["a license", (file: string) => ["license", "verify", file]],
    ["a trust anchor", (file: string) => ["license", "verify", file, "--trust-anchor", file]],
  ])("%s", async (_what, args) => {
    const { exit, err, requests } = await fakeRun(args(damaged));
    expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
    expect(err).toContain(`${damaged}: not valid UTF-8 at line 2, byte 4`);
    expect(err).not.toContain("first");
  });

  it("the profiles", async () => {
    const env = { HOME: folder };
    mkdirSync(dirname(profilePath(env)), { recursive: true });
    writeFileSync(profilePath(env), Uint8Array.of(0x7b, 0xff), { mode: 0o600 });
    const { exit, err } = await fakeRun(["seat", "ls"], undefined, env);
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain("not valid UTF-8 at line 1, byte 2");
  });
});
