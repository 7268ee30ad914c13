import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, it } from "vitest";
import { parseCostArguments } from "../../../tools/cost/command-line.ts";
import { parseKeysArguments } from "../../../tools/keys/command-line.ts";
import { runKeysCommand } from "../../../tools/keys/run.ts";
import { readSettings } from "../../../tools/local/settings.ts";
import { parseMintArguments } from "../../../tools/mint/arguments.ts";
import { readArguments } from "../../../tools/simulate/args.ts";

const folder = mkdtempSync(join(tmpdir(), "damaged-input-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "file");
writeFileSync(file, Uint8Array.of(0x61, 0x0a, 0xe9));

const faultsOf = (parsed: { kind: string; faults?: string[] }): string =>
  parsed.kind === "bad" ? (parsed.faults ?? []).join("\n") : "";

describe("text that is not valid UTF-8 is refused, with its place, by", () => {
  it.each([
    ["the simulator", () => readArguments(["--url", "http://h", "--key", "k", "--seed", "\ufffd"], {}, () => "s")],
    ["minting", () => parseMintArguments(["--organization", "\ufffd"], 0)],
    ["the rotation of keys", () => parseKeysArguments(["rotate-license-key", "--secret-id", "\ufffd"])],
    ["the estimate of costs", () => parseCostArguments(["--users", "\ufffd"])],
  ])("%s", (_what, parse) => {
    expect(faultsOf(parse())).toMatch(/^Argument \d, after --[\w-]+: not valid UTF-8 at character 1$/m);
  });

  it("the simulator's environment", () => {
    expect(faultsOf(readArguments(["--url", "http://h"], { LICENSE_KEY: "k\ufffd" }, () => "s"))).toBe(
      "LICENSE_KEY: not valid UTF-8 at character 2",
    );
  });

  it("the local server's environment and files, each once", () => {
    const env = {
      LICENSE_PATH: file,
      TLS_CERT_PATH: file,
      TLS_KEY_PATH: file,
      DATA_DIR: "\ufffd",
      LICENSE_KEY: "\ufffd",
    };
    const reading = readSettings({ ...env, LOG_LEVEL: "\ufffd" });
    expect(reading.ok ? [] : reading.problems).toEqual([
      `TLS_CERT_PATH: ${file}: not valid UTF-8 at line 2, byte 1`,
      `TLS_KEY_PATH: ${file}: not valid UTF-8 at line 2, byte 1`,
      "DATA_DIR: not valid UTF-8 at character 1",
      `LICENSE_PATH: ${file}: not valid UTF-8 at line 2, byte 1`,
      "LICENSE_KEY: not valid UTF-8 at character 1",
      "LOG_LEVEL: not valid UTF-8 at character 1",
    ]);
  });

  it("the rotation of a signing secret, which stays as it is", async () => {
    const line = parseKeysArguments(["rotate-signing", "--purpose", "lease", "--file", file]);
    if (line.kind !== "run") throw new Error("not understood");
    const outcome = await runKeysCommand(line.command, () => new SecretsManagerClient({ region: "x" }), 0);
    expect(outcome).toEqual({ ok: false, lines: [`${file}: not valid UTF-8 at line 2, byte 1`] });
    expect(readFileSync(file)).toEqual(Buffer.of(0x61, 0x0a, 0xe9));
  });

  it.runIf(process.platform === "linux").each([
    ["tools/token/main.ts --subject $'caf\\xe9' --scopes seats:read", "Argument 2, after --subject"],
    ["tools/report-job/main.ts --for $'2026-\\xff'", "Argument 2, after --for"],
  ])("a real command line: %s", async (command, words) => {
    const run = promisify(execFile)("bash", ["-c", `"$0" ${command}`, process.execPath], {
      cwd: resolve(import.meta.dirname, "../../.."),
      env: { PATH: process.env["PATH"], HOME: folder, DATA_DIR: folder },
    });
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(`${words}: not valid UTF-8`) });
  });
});
