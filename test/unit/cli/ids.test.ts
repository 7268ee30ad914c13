import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchRoute } from "../../../shared/contract/match-route.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { parseTarget } from "../../../tools/local/request-target.ts";
import { runsOf } from "../../support/deep.ts";
import { fakeRun } from "./fake-run.ts";

/** Runs a command line; says which ids arrive at the server, read as the server reads them. */
const sent = async (...args: string[]) => {
  const ids: (string | undefined)[] = [];
  const ran = await fakeRun(args, (method, { pathname }) => {
    const target = parseTarget(pathname, "");
    const match = target.kind === "inside" ? matchRoute(method, target.path) : undefined;
    if (match?.found) ids.push(match.id);
    return undefined;
  });
  return { ...ran, ids };
};

const COMMANDS = [
  ["session", "kill"],
  ["seat", "release"],
] as const;

// The contract's own grammar of ids, whose two that mean a place in a path no server gives out.
const id = fc.stringMatching(/^[A-Za-z0-9._:@/+=-]{1,128}$/).filter((text) => text !== "." && text !== "..");

describe("an id that the server shows", () => {
  it("is accepted as it is, whatever it begins or ends with", async () => {
    const check = async (text: string, command: (typeof COMMANDS)[number]) => {
      const asTyped = text.startsWith("-") ? [] : [[text, "--yes"]];
      for (const given of [["--yes", "--", text], [`--id=${text}`, "--yes"], ["--yes", "--id", text], ...asTyped])
        expect(await sent(...command, ...given), given.join(" ")).toMatchObject({ exit: EXIT.ok, ids: [text] });
    };
    for (const text of ["-", "--", "-y", "--yes", "--help", "a//b/", "/", "=", "a=", "+", "a/./b"])
      await check(text, COMMANDS[0]);
    await fc.assert(fc.asyncProperty(id, fc.constantFrom(...COMMANDS), check), { numRuns: runsOf(20) });
  });

  it("may begin with a dash as a long random id does, without -- before it", async () => {
    for (const text of [
      "-k3v1uJ0m2Q8xw5nT7rYbA",
      "-yJ0m2Q8xw5nT7rYbAk3v1u",
      "-h3v1uJ0m2Q8xw5nT7rYbA",
      "-ok3v1uJ0m2Q8xw5nT7rYb",
    ])
      for (const command of COMMANDS) {
        expect(await sent(...command, text, "--yes"), text).toMatchObject({ exit: EXIT.ok, ids: [text] });
        expect(await sent(...command, "-y", text), text).toMatchObject({ exit: EXIT.ok, ids: [text] });
      }
  });

  it("and that is mistaken for an option gets the way to write it", async () => {
    const { exit, err } = await sent("session", "kill", "-abc", "--yes");
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain("put -- before it");
  });
});

describe("what cannot be an id", () => {
  // In a path they mean another place: DELETE of the collection would stop every session.
  it.each(["", ".", ".."])("is refused before anything is sent: %j", async (text) => {
    for (const command of COMMANDS)
      for (const given of [["--", text], [`--id=${text}`]])
        expect(await sent(...command, "--yes", ...given)).toMatchObject({ exit: EXIT.usage, requests: [] });
  });

  it("is none, or two that differ", async () => {
    const { exit, err, requests } = await sent("session", "kill", "--yes");
    expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
    expect(err).toContain("The session's id is missing. To list them: license-server session ls");
    expect(await sent("session", "kill", "a", "--id", "b", "--yes")).toMatchObject({ exit: EXIT.usage, requests: [] });
  });
});
