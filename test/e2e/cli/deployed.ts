import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { askLocally } from "../../../tools/local/access-tokens.ts";
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
      },
      { "token-function": (request) => askLocally(world.dataDir, request) },
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
      session s-1: its operator is asked to stop it

      $ license-server seat ls --stack-prefix Test
      ! license-server: AWS: ValidationError: Stack with id Test-Service does not exist
      [exit 4]
    `,
        env,
      );
      const asked = aws.calls.filter(({ action }) => action === "token-function").map(({ input }) => JSON.parse(input));
      expect(asked).toEqual([{ subject: "cli tester", scopes: ["sessions:delete"], expires_in_secs: 600 }]);
    });

    it("what reads several things makes one token for all of them", async () => {
      const before = aws.calls.length;
      expect((await world.run(["status"], { env })).code).toBe(0);
      const asked = aws.calls.slice(before).filter(({ action }) => action === "token-function");
      expect(asked.map(({ input }) => JSON.parse(input).scopes)).toEqual([
        SCOPES.filter((scope) => scope.endsWith(":read")),
      ]);
    });

    it("its table is found, wherever on the command line or in the environment the prefix stands", async () => {
      const none = { ...env, LICENSE_SERVER_STACK_PREFIX: "" };
      const runs: [string[], Record<string, string>][] = [
        [["usage", "verify"], env],
        [["--stack-prefix", "Prod", "usage", "verify"], none],
        [["usage", "verify", "--stack-prefix", "Prod"], { ...none, TABLE_NAME: "another" }],
      ];
      const before = aws.calls.length;
      const done = await Promise.all(runs.map(([args, of]) => world.run(args, { env: of })));
      // The table itself is played by nobody here.
      expect(done.map(({ code }) => code)).toEqual([5, 5, 5]);
      const tables = aws.calls.slice(before).flatMap(({ input }) => /"TableName":"([^"]+)"/.exec(input)?.[1] ?? []);
      expect(new Set(tables)).toEqual(new Set(["prod-table"]));
    });

    it("a license file is checked, and only then put into the stack's secret", async () => {
      const before = aws.calls.length;
      const bad = await world.run(["license", "put", "nothing.pem", "--yes"], { env });
      expect([bad.code, aws.calls.length]).toEqual([2, before]);
      const path = join(world.dataDir, "demo-license.pem");
      const put = await world.run(["license", "put", path, "--yes", "-o", "json"], { env });
      expect(put.code).toBe(0);
      expect(JSON.parse(put.stdout)).toEqual({
        fingerprint: expect.stringMatching(/^[\w+/]{43}$/),
        secret_arn: SECRET,
        version_id: "version-2",
      });
      const { input } = aws.calls.at(-1) ?? { input: "{}" };
      expect(JSON.parse(input)).toMatchObject({ SecretId: SECRET, SecretString: readFileSync(path, "utf8") });
      expect(put.stdout + put.stderr).not.toContain("CERTIFICATE-----");
    });
  });
};
