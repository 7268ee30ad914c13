import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { profilePath, readProfiles, writeProfiles } from "../../../tools/cli/profile-file.ts";
import { run } from "../../../tools/cli/run.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "license-server-cli-"));
});
afterEach(() => rmSync(home, { recursive: true }));

/** A run on a terminal on which each question is answered in turn. */
const onTerminal = async (args: readonly string[], env: Record<string, string> = {}, answers: string[] = []) => {
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true });
  const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
  let told = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
    if (/: $/.test(text)) stdin.write(`${answers.shift() ?? ""}\n`);
  });
  const system = {
    env: { HOME: home, ...env },
    stdin,
    stdout,
    stderr,
    fetch,
    now: () => 0,
    sleep: async () => undefined,
  };
  return { exit: await run(args, system), told };
};
const kept = () => readProfiles(profilePath({ HOME: home }), () => undefined);

const PROD = { url: "https://prod.example.com", key: "prod key" };

it("a profile in use that is gone or damaged keeps nobody from naming another", async () => {
  for (const prod of [undefined, { url: "nonsense" }])
    for (const args of [
      ["server", "ls"],
      ["server", "use", "test"],
      ["configure", "new", "--url", PROD.url],
    ]) {
      const profiles = { test: PROD, ...(prod === undefined ? {} : { prod }) };
      writeProfiles(profilePath({ HOME: home }), { current: "prod", profiles });
      expect(await onTerminal(args), args.join(" ")).toMatchObject({ exit: EXIT.ok });
    }
});

it("a new profile is what is said of it, and no copy of the server that was meant before", async () => {
  writeProfiles(profilePath({ HOME: home }), { current: "prod", profiles: { prod: PROD } });
  const env = { LICENSE_SERVER_URL: "https://other.example.com" };
  const asked = await onTerminal(["configure", "staging"], env, ["https://staging.example.com/", "key"]);
  expect(asked.told).toContain("URL of the server: ");
  await onTerminal(["configure", "here", "--data-dir", ".data"]);
  expect(kept()).toEqual({
    current: "prod",
    profiles: {
      prod: PROD,
      staging: { url: "https://staging.example.com", key: "key" },
      // From wherever it is used.
      here: { dataDir: resolve(".data") },
    },
  });
});

it("a URL that was typed is refused where it is none of a server", async () => {
  for (const url of ["example", "ftp://example.com", "https://example.com/?x=1"])
    expect(await onTerminal(["configure"], {}, [url]), url).toMatchObject({ exit: EXIT.usage });
  expect(kept().profiles).toEqual({});
});

it("the earlier names of the commands for saved servers work, and name the new ones", async () => {
  writeProfiles(profilePath({ HOME: home }), { current: "prod", profiles: { prod: PROD, test: PROD } });
  const used = await onTerminal(["profile", "use", "test"]);
  expect(used).toMatchObject({ exit: EXIT.ok, told: expect.stringContaining("license-server server use") });
  const removed = await onTerminal(["profile", "rm", "prod", "--yes"]);
  expect(removed).toMatchObject({ exit: EXIT.ok, told: expect.stringContaining("license-server server rm") });
  expect(kept()).toEqual({ current: "test", profiles: { test: PROD } });
});
