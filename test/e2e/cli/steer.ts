import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { AGENT_SCOPE, SCOPES, type Scope } from "../../../shared/contract/scopes.ts";
import { createProgram } from "../../../tools/cli/program.ts";
import { askLocally } from "../../../tools/local/access-tokens.ts";
import { COMPILED } from "../../support/run-shared.ts";
import type { World } from "./world.ts";

const BIN = resolve(import.meta.dirname, "../../../tools/cli/license-server.mjs");

/** What an admin does to a server, and what is asked before and refused. */
export const steering = (world: World): void => {
  const byToken = (token: string) => ({ LICENSE_SERVER_KEY: "", LICENSE_SERVER_TOKEN: token });

  const tokens = new Map<Scope, string>();
  beforeAll(async () => {
    for (const scope of SCOPES) {
      const answer = await askLocally(world.dataDir, { subject: scope, scopes: [scope], expires_in_secs: 600 }, {});
      if (answer.ok && "token" in answer) tokens.set(scope, answer.token);
    }
  });

  /** Runs the binary on a terminal of its own, and types. */
  const onTerminal = async (command: string, typed: string): Promise<{ code: number | null; screen: string }> => {
    const child = spawn("script", ["-qec", `${process.execPath} ${BIN} ${command}`, "/dev/null"], {
      env: {
        PATH: process.env["PATH"],
        HOME: world.folder,
        ...COMPILED,
        TERM: "xterm",
        LICENSE_SERVER_DATA_DIR: world.dataDir,
        LICENSE_SERVER_URL: world.server.url,
      },
    });
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const asked = screen.includes("[y/N]");
      screen += text;
      if (!asked && screen.includes("[y/N]")) child.stdin.write(typed);
    });
    const [code] = (await once(child, "close")) as [number | null];
    return { code, screen };
  };

  describe("without a terminal", () => {
    it("what destroys is refused before anything is sent, unless --yes says so", () =>
      world.plays(
        `
      $ license-server session kill --id s-1
      ! license-server: Confirmation required. Use --yes to skip it in scripts.
      [exit 2]

      $ license-server session kill-all
      ! license-server: Confirmation required. Use --yes to skip it in scripts.
      [exit 2]

      $ license-server seat release x
      ! license-server: Confirmation required. Use --yes to skip it in scripts.
      [exit 2]

      $ license-server session kill
      ! license-server: The session's id is missing. To list them: license-server session ls
      [exit 2]
    `,
        { LICENSE_SERVER_URL: "http://127.0.0.1:2" },
      ));
  });

  describe("stopping sessions", () => {
    it("takes more than the license key", () =>
      world.plays(`
      $ license-server session kill --id s-1 --yes
      ! license-server: Permission denied: requires an access token with the scope sessions:delete (403 Forbidden)
      !   request id: <uuid>
      !   With --stack-prefix (AWS) or --data-dir (local) this command makes its own token.
      !   Or use --token-file with a token from: license-server token create --scopes sessions:delete
      [exit 3]
    `));

    it("is done by whoever owns the data folder, who needs to keep no token", () =>
      world.plays(
        `
      $ license-server session kill s-1 --yes
      Stop requested for session s-1 (takes effect at the next heartbeat).

      $ license-server session kill --id s-unknown --yes
      ! license-server: No live session has this id (404 NotFound)
      !   request id: <uuid>
      [exit 4]

      $ license-server session kill-all --namespace cart --yes
      Stop requested for 1 session (takes effect at the next heartbeat).

      $ license-server session kill-all --user nobody --yes -o json
      {
        "count": 0
      }
      ! license-server: No matching sessions.
      [exit 4]

      $ license-server session kill-all --cluster Staging --yes
      ! license-server: No matching sessions.
      !   --cluster Staging: there are sessions in staging. Names are case-sensitive.
      [exit 4]
    `,
        { LICENSE_SERVER_DATA_DIR: world.dataDir, LICENSE_SERVER_KEY: "" },
        world.runApart,
      ));

    // By the `script` of util-linux; that of other systems takes other arguments.
    it.runIf(process.platform === "linux")(
      "is asked about on a terminal, which shows what will be hit; only yes goes on",
      async () => {
        const no = await onTerminal("session kill-all", "n\n");
        expect(no.screen).toContain("SESSION ID");
        expect(no.screen).toContain("ben/ben@example.com@ben-laptop");
        expect(no.screen).toContain(`Stop 3 sessions at ${world.server.url}? [y/N]`);
        expect(no.screen).toContain("license-server: Not confirmed: nothing was changed.");
        expect(no.code).toBe(1);
        const yes = await onTerminal("session kill --id s-3", "y\n");
        expect(yes.screen).toContain("Stop requested for session s-3");
        expect(yes.code).toBe(0);
      },
    );
  });

  describe("an access token", () => {
    it("opens the command of each of its scopes, and none of another's", async () => {
      const opens: Partial<Record<Scope, string>> = {
        "license:read": "license show",
        "reports:read": "report denials",
        "sessions:read": "session ls",
        "sessions:delete": "session kill --id s-1 --yes",
        "sessions:deletecollection": "session kill-all --namespace none --yes",
        "seats:read": "seat ls",
        "seats:delete": "seat release none --yes",
        "operators:read": "operator ls",
        "operators:delete": "operator release none --yes",
        "audit:read": "audit",
      };
      const commands = Object.entries(opens) as [Scope, string][];
      // Each with its own scope, and with the next command's.
      const runs = await Promise.all(
        commands.map(async ([scope, command], place) => {
          const [other] = commands[(place + 1) % commands.length] ?? [scope];
          const codes = await Promise.all(
            [scope, other].map((held) => world.run(command.split(" "), { env: byToken(tokens.get(held) ?? "") })),
          );
          return [command, ...codes.map(({ code }) => code)];
        }),
      );
      const good = (command: string) => (/release|kill-all/.test(command) ? 4 : 0);
      expect(runs).toEqual(commands.map(([, command]) => [command, good(command), 3]));
    });

    it("is made, listed and revoked, and the command line never shows it again", async () => {
      const env = { LICENSE_SERVER_DATA_DIR: world.dataDir };
      const made = await world.runApart(["token", "create", "--scopes", "seats:read", "--subject", "report"], { env });
      const [token, id] = [made.stdout.trim(), /^Token (\S+) is valid/.exec(made.stderr)?.[1] ?? ""];
      const list = await world.runApart(["token", "ls", "-o", "json"], { env });
      expect(JSON.parse(list.stdout)).toMatchObject({
        tokens: expect.arrayContaining([
          expect.objectContaining({ token_id: id, subject: "report", scopes: ["seats:read"] }),
        ]),
      });
      expect(list.stdout).not.toContain(token);
      // One that a command made for itself, for this call alone, is in the way of the others.
      const own = { ...env, LICENSE_SERVER_KEY: "" };
      await world.runApart(["session", "kill", "--id", "none", "--yes"], { env: own });
      const [some, all] = await Promise.all(
        [[], ["--all"]].map((more) => world.runApart(["token", "ls", ...more], { env })),
      );
      expect([some?.stdout, all?.stdout].map((text = "") => /cli tester .* sessions:delete$/m.test(text))).toEqual([
        false,
        true,
      ]);
      expect(some?.stdout).not.toContain("No valid tokens.");
      expect(some?.stderr).toMatch(/^\d+ tokens? that commands created for themselves (is|are) not listed.*--all/);
      expect(all?.stderr).toBe("");
      const revoked = await world.runApart(["token", "revoke", id, "--yes"], { env });
      expect(revoked).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`Token ${id} is revoked since `),
        stderr: "",
      });
      await world.plays(
        `
      $ license-server token create --scopes seats:read,all --hours 0
      ! license-server: --scopes: "all" must be one of ${[...SCOPES, AGENT_SCOPE].join(", ")}
      ! license-server: --hours: must be a number of hours, from 0.017 (a minute) to 8784 (a year).
      [exit 2]

      $ license-server token create --scopes seats:read,all --hours 1d
      ! license-server: --scopes: "all" must be one of ${[...SCOPES, AGENT_SCOPE].join(", ")}
      ! license-server: --hours: must be a number of hours, from 0.017 (a minute) to 8784 (a year).
      [exit 2]

      $ license-server token revoke ${token} --yes
      ! license-server: This is the token itself. Its id is <uuid>.
      [exit 2]

      $ license-server token revoke no-such-id --yes
      Token no-such-id is revoked since <time>.
      ! There is no record of this token. Check the id. It is refused from now on anyway.

      $ license-server dashboard --hours 1
      <url>/dashboard#token=<token>
      ! Token <uuid> is valid until <time>. To end it earlier: license-server token revoke
    `,
        env,
        world.runApart,
      );
    });
  });

  describe("every command", () => {
    it("has a help with a description and an example", async () => {
      const { stdin, stdout, stderr } = process;
      const sleep = async () => undefined;
      const program = await createProgram({ env: {}, stdin, stdout, stderr, fetch, now: () => 0, sleep }, []);
      const shown = (group: Command) =>
        group
          .createHelp()
          .visibleCommands(group)
          .filter((each) => each.name() !== "help");
      const leaves = shown(program).flatMap((each) => (each.commands.length === 0 ? [each] : shown(each)));
      // Those of `usage` have a place of their own, and are not loaded here.
      const visible = leaves.filter((each) => !each.name().startsWith("_") && each.name() !== "usage");
      expect(visible.length).toBeGreaterThan(20);
      for (const leaf of visible) {
        expect(leaf.description(), leaf.name()).not.toBe("");
        let help = "";
        const writeOut = (text: string) => {
          help += text;
        };
        leaf.configureOutput({ writeOut }).outputHelp();
        expect(help, leaf.name()).toMatch(/\nExamples:\n {2}\S/);
      }
    });
  });
};
