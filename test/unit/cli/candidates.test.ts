import { describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { candidates } from "../../../tools/cli/candidates.ts";
import { createProgram } from "../../../tools/cli/program.ts";
import type { System } from "../../../tools/cli/system.ts";

const { stdin, stdout, stderr } = process;
const system: System = { env: {}, stdin, stdout, stderr, fetch, now: () => 0, sleep: async () => undefined };
const offered = async (line: string) =>
  candidates(await createProgram(system, ["__complete", line]), line, { HOME: "/nonexistent" });

describe("what a shell offers", () => {
  it.each([
    ["license-server rep", ["report"]],
    ["license-server seat ", ["ls", "history", "forecast", "release"]],
    ["license-server -o json session k", ["kill", "kill-all"]],
    ["license-server --url status ses", ["session"]],
    ["license-server report usage --primary-key user", ["username"]],
    ["license-server report usage --format=x", ["--format=xlsx"]],
    ["license-server completion ", ["bash", "zsh", "fish"]],
    ["license-server seat ls -o ", ["table", "json", "yaml"]],
    ["license-server report usage -o ", []],
    ["license-server __", []],
    ["license-server seat release ", []],
    ["license-server session kill --y", ["--yes"]],
    ["license-server policy test --feature st", ["steal"]],
    ["license-server policy test --expect=", ["--expect=allowed", "--expect=refused", "--expect=unknown"]],
    [
      "license-server profile ",
      ["ls", "get", "history", "status", "apply", "diff", "delete", "restore", "test", "impact", "prune", "accept"],
    ],
    ["license-server usage ", ["verify", "rebuild", "backfill", "erase"]],
  ])("after %j", async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it("are the scopes, also after a comma", async () => {
    expect(await offered("license-server token create --scopes ")).toEqual(SCOPES);
    expect(await offered("license-server token create --scopes audit:read,seats:")).toEqual([
      "audit:read,seats:read",
      "audit:read,seats:delete",
    ]);
  });
});
