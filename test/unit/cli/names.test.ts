import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXIT } from "../../../tools/cli/exit.ts";
import { profilePath, readProfiles } from "../../../tools/cli/profile-file.ts";
import { asTyped, safe } from "../../../tools/cli/text.ts";
import { fakeRun } from "./fake-run.ts";

let home = "";
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "license-server-cli-"));
});
afterAll(() => rmSync(home, { recursive: true }));

const SESSIONS = { sessions: [], next: null };

describe("a name as a table shows it", () => {
  it("can be typed as it stands: every escape means its character again, and no two names look the same", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => void expect(asTyped(safe(name))).toBe(name)));
    // A name that looks like an escape is shown with its backslash escaped.
    for (const name of ["a\\u200bb", "a\u200bb", "\\u005cu200b", "\\\u200b", "C:\\users\\ana", "\ufffd", "\\ufffd"])
      expect(asTyped(safe(name))).toBe(name);
  });

  it("filters by the name itself", async () => {
    const { requests } = await fakeRun(["session", "ls", "--user", "ana\\u00ad", "--namespace=\\ufffd="], () =>
      Response.json(SESSIONS),
    );
    const query = new URL(requests[0]?.split(" ")[1] ?? "", "http://x").searchParams;
    expect([query.get("user"), query.get("namespace")]).toEqual(["ana\u00ad", "\ufffd="]);
  });
});

it.each(["-x", "a b", "ana\u200b", "=", "prod/eu"])(
  "a profile may be called %j, and is listed, used and removed under that name",
  async (name) => {
    const env = { HOME: home, LICENSE_SERVER_URL: "", LICENSE_SERVER_TOKEN: "" };
    const play = (...args: string[]) => fakeRun(args, undefined, env);
    expect(await play("configure", "--url", "http://127.0.0.1:2", "--", safe(name))).toMatchObject({ exit: EXIT.ok });
    expect(Object.keys(readProfiles(profilePath(env), () => undefined).profiles)).toEqual([name]);
    expect((await play("server", "ls")).out).toContain(`*  ${safe(name)}`);
    expect(await play("server", "use", "--", safe(name))).toMatchObject({ exit: EXIT.ok });
    expect(await play("session", "ls", "--profile", safe(name), "--token", "t")).not.toMatchObject({
      exit: EXIT.usage,
    });
    expect(await play("server", "rm", "--yes", "--", safe(name))).toMatchObject({ exit: EXIT.ok });
  },
);

it.each(["", "constructor", "__proto__", "prototype"])("a profile cannot be called %j", async (name) => {
  const { exit } = await fakeRun(["configure", "--url", "http://127.0.0.1:2", "--", name], undefined, { HOME: home });
  expect(exit).toBe(EXIT.usage);
});
