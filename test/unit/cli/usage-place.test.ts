import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { profilePath, writeProfiles } from "../../../tools/cli/profile-file.ts";
import { type UsageFlags, usagePlace } from "../../../tools/cli/usage-place.ts";

const folder = mkdtempSync(join(tmpdir(), "license-server-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const home = { HOME: folder };
writeProfiles(profilePath(home), {
  profiles: {
    aws: { stackPrefix: "Prod", region: "eu-central-1" },
    web: { url: "https://prod.example.com", key: "prod key" },
  },
});
const place = (flags: UsageFlags, env: NodeJS.ProcessEnv = {}) =>
  usagePlace(flags, { ...home, ...env }, () => undefined);

it("the table's region is the option's, or else that of the profile which names the deployment", () => {
  const named = { LICENSE_SERVER_PROFILE: "aws", TABLE_NAME: "another" };
  expect(place({ profile: "aws" }, named)).toMatchObject({ stackPrefix: "Prod", region: "eu-central-1" });
  expect(place({ stackPrefix: "Prod" }, named)).toMatchObject({ stackPrefix: "Prod", region: "eu-central-1" });
  expect(place({ stackPrefix: "Test" }, named)).toMatchObject({ stackPrefix: "Test", region: undefined });
  expect(place({ profile: "aws", region: "eu-west-1" })).toMatchObject({ stackPrefix: "Prod", region: "eu-west-1" });
});

it("a table that is named is that one, whatever server the environment names", () => {
  const server = { LICENSE_SERVER_STACK_PREFIX: "Prod", LICENSE_SERVER_URL: "https://prod.example.com" };
  expect(place({ table: "own", region: "eu-west-1" }, server)).toEqual({ region: "eu-west-1" });
  expect(place({}, { ...server, TABLE_NAME: "own" })).toEqual({ region: undefined });
});

it("a server that is named by its URL alone is refused, rather than another one's table taken", () => {
  const other = { TABLE_NAME: "another" };
  const refused = /A URL does not lead to a table. Use --stack-prefix, --data-dir/;
  expect(() => place({ url: "https://prod.example.com" }, other)).toThrow(refused);
  expect(() => place({ profile: "web" }, other)).toThrow(refused);
  expect(() => place({}, { LICENSE_SERVER_URL: "https://prod.example.com" })).toThrow(refused);
  expect(place({ url: "https://prod.example.com", dataDir: "data" })).toMatchObject({ dataDir: "data" });
});
