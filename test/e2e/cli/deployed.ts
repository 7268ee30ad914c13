import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { profilePath, writeProfiles } from "../../../tools/cli/profile-file.ts";
import { askLocally } from "../../../tools/local/access-tokens.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { type FakeAws, startFakeAws } from "./fake-aws.ts";
import type { World } from "./world.ts";

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:License-AbCdEf";

/** What goes by a deployment's stacks alone. */
export const deployed = (world: World): void => {
  // The stacks of a deployment, whose API and whose token function the local server plays.
  let aws: FakeAws;
  let env: Record<string, string>;
  beforeAll(async () => {
    aws = await startFakeAws(
      {
        "Prod-Service": { ApiUrl: world.server.url, TokenFunctionName: "token-function" },
        "Prod-Data": { LicenseSecretArn: SECRET, TableName: "prod-table" },
        "Bare-Data": { TableName: "bare-table" },
      },
      { "token-function": (request) => askLocally(world.dataDir, request, {}) },
      {
        "Prod-Service": {
          SessionEndRule: { RETENTION_SESSIONS_DAYS: "99" },
          Sessions1A2B3C4D: { RETENTION_SESSIONS_DAYS: "400" },
        },
      },
    );
    env = {
      LICENSE_SERVER_URL: "",
      LICENSE_SERVER_KEY: "",
      LICENSE_SERVER_STACK_PREFIX: "Prod",
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "fake",
      AWS_SECRET_ACCESS_KEY: "fake",
    };
  });
  afterAll(() => aws.stop());

  describe("with a deployment's stack prefix alone", () => {
    it("its URL is found, and the scope that each command takes is given by whom IAM lets make tokens", async () => {
      await world.plays(
        `
      $ license-server session kill --id s-1 --yes
      Stop requested for session s-1 (takes effect at the next heartbeat).

      $ license-server seat ls --stack-prefix Test
      ! license-server: AWS: ValidationError: Stack with id Test-Service does not exist
      [exit 4]
    `,
        env,
        world.runApart,
      );
      const asked = aws.calls.filter(({ action }) => action === "token-function").map(({ input }) => JSON.parse(input));
      expect(asked).toEqual([{ subject: "cli tester", scopes: ["sessions:delete"], expires_in_secs: 600 }]);
    });

    it("what reads several things makes one token for all of them", async () => {
      const before = aws.calls.length;
      expect((await world.runApart(["status"], { env })).code).toBe(0);
      const asked = aws.calls.slice(before).filter(({ action }) => action === "token-function");
      expect(asked.map(({ input }) => JSON.parse(input).scopes)).toEqual([
        SCOPES.filter((scope) => scope.endsWith(":read")),
      ]);
    });

    it("its table and its retention are found, wherever the prefix stands", async () => {
      const none = { ...env, LICENSE_SERVER_STACK_PREFIX: "" };
      const home = { XDG_CONFIG_HOME: mkdtempSync(join(world.folder, "config-")) };
      writeProfiles(profilePath(home), { profiles: { prod: { stackPrefix: "Prod", region: "eu-west-1" } } });
      const runs: [string[], Record<string, string>][] = [
        [["usage", "verify", "--retention-days", "90"], env],
        [["--stack-prefix", "Prod", "--region", "eu-north-1", "usage", "rebuild"], none],
        [["usage", "verify", "--profile", "prod"], { ...none, ...home, TABLE_NAME: "another" }],
      ];
      const before = aws.calls.length;
      const done = await Promise.all(runs.map(([args, of]) => world.runApart(args, { env: of })));
      expect(done.map(({ stderr }) => stderr.split("\n")[0])).toEqual([
        "license-server: works on the table prod-table of Prod in eu-central-1; sessions are kept 90 days, by --retention-days",
        "license-server: works on the table prod-table of Prod in eu-north-1; sessions are kept 400 days, as deployed",
        "license-server: works on the table prod-table of Prod in eu-west-1; sessions are kept 400 days, as deployed",
      ]);
      // The table itself is played by nobody here.
      expect(done.map(({ code }) => code)).toEqual([5, 5, 5]);
      const tables = aws.calls.slice(before).flatMap(({ input }) => /"TableName":"([^"]+)"/.exec(input)?.[1] ?? []);
      expect(new Set(tables)).toEqual(new Set(["prod-table"]));
    });

    it("nothing is rebuilt by a guess at its retention", () =>
      world.plays(
        `
      $ license-server usage rebuild --stack-prefix Bare
      ! license-server: Cannot read how long Bare keeps sessions. Use --retention-days.
      !   The stack Bare-Service has no function Sessions.
      [exit 4]
    `,
        env,
        world.runApart,
      ));

    it("a license file is checked, and only then put into the stack's secret", async () => {
      const before = aws.calls.length;
      const bad = await world.runApart(["license", "put", "nothing.pem", "--yes"], { env });
      expect([bad.code, aws.calls.length]).toEqual([2, before]);
      const path = join(world.dataDir, "demo-license.pem");
      const put = await world.runApart(["license", "put", path, "--yes", "-o", "json"], { env });
      expect(put.code).toBe(0);
      expect(JSON.parse(put.stdout)).toEqual({
        fingerprint: expect.stringMatching(/^[\w+/]{43}$/),
        secret_arn: SECRET,
        version_id: "version-2",
      });
      const { input } = aws.calls.at(-1) ?? { input: "{}" };
      expect(JSON.parse(input)).toMatchObject({ SecretId: SECRET, SecretString: readFileSync(path, "utf8") });
      expect(put.stdout + put.stderr).not.toContain("CERTIFICATE-----");
      expect(put.stderr).not.toContain("max_operators");
    });

    it("a license that refuses connected operators says so before it is put", async () => {
      const now = Date.now();
      const { pem } = await mintLicense({
        organization: "Demo",
        terms: mintTerms({ edition: "community", max_operators: 0 }),
        notBefore: now - DAY_MS,
        notAfter: now + DAY_MS,
        serialNumber: "01",
      });
      const path = join(world.folder, "community.pem");
      writeFileSync(path, pem, { mode: 0o600 });
      const put = await world.runApart(["license", "put", path, "--yes"], { env });
      expect(put.code, put.stderr).toBe(0);
      expect(put.stderr).toMatch(/^! max_operators is 0, but \d+ installations? (is|are) connected/m);
    });
  });
};
