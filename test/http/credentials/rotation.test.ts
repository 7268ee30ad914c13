import { readFileSync } from "node:fs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { runKeysCommand } from "../../../tools/keys/run.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { type FakeSecretsManager, startSecretsManager } from "../../support/secrets-manager.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const KEY_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key";
const FIRST_KEY = "the-first-license-key-0123456789";

// The functions make their one client from the environment.
const clock = { now: START };
let manager: FakeSecretsManager;
beforeAll(async () => {
  manager = await startSecretsManager(clock);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: manager.endpoint,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "fake",
    AWS_SECRET_ACCESS_KEY: "fake",
  });
});
afterAll(() => manager.stop());

const server = serverPerTest({
  env: {
    LICENSE_KEY: "",
    LICENSE_KEY_SECRET_ARN: KEY_ARN,
    LICENSE_KEY_GRACE_SECONDS: "3600",
  },
});
beforeEach(() => {
  manager.secrets.clear();
  clock.now = START - 30 * 24 * HOUR_MS;
  manager.put(KEY_ARN, FIRST_KEY);
  clock.now = START;
});

const wait = (milliseconds: number) => {
  clock.now += milliseconds;
  server().clock.now = clock.now;
};
const run = (command: Parameters<typeof runKeysCommand>[0]) =>
  runKeysCommand(command, () => new SecretsManagerClient(), clock.now);
const currentKey = () => manager.secrets.get(KEY_ARN)?.at(-1);
const withKey = (key: string) => server().call("GET", "/api/v1/license", { key });
const rotations = async () =>
  (await storedUnder(server(), "AUDIT#"))
    .filter(({ action }) => action === "key.rotated")
    .map(({ actor, key, from, to }) => ({ actor, key, from, to }));

describe("a license key", () => {
  it("that is rotated leaves the one before it accepted while its grace lasts, and one row in the audit", async () => {
    const before = currentKey()?.id;
    const under = operatorAt(server(), "op-1", { key: FIRST_KEY });
    expectSuccess("licensePost", await under.registers());
    expect((await run({ do: "rotate-license-key", secretId: KEY_ARN, graceMs: HOUR_MS, force: false })).ok).toBe(true);
    const made = currentKey();
    wait(MINUTE_MS);
    for (const key of [FIRST_KEY, made?.value ?? ""]) expect((await withKey(key)).status).toBe(200);
    expectSuccess("licensePost", await under.registers());
    expectSuccess("heartbeat", await under.beats([]));
    expect(await rotations()).toEqual([{ actor: "server", key: "license", from: before, to: made?.id }]);
    wait(59 * MINUTE_MS);
    expectProblem(await withKey(FIRST_KEY), 401, "Unauthorized");
    expect((await withKey(made?.value ?? "")).status).toBe(200);
  });

  it("that is finished is refused within 60 seconds", async () => {
    await run({ do: "rotate-license-key", secretId: KEY_ARN, graceMs: HOUR_MS, force: false });
    expect((await withKey(FIRST_KEY)).status).toBe(200);
    await run({ do: "finish-license-key", secretId: KEY_ARN });
    wait(MINUTE_MS);
    expectProblem(await withKey(FIRST_KEY), 401, "Unauthorized");
    expect((await withKey(currentKey()?.value ?? "")).status).toBe(200);
  });
});

describe("the key that signs leases", () => {
  const jwks = async () =>
    expectSuccess("jwks", await server().call("GET", "/.well-known/jwks.json")).keys.map(({ kid }) => kid);
  const rotate = () =>
    run({
      do: "rotate-signing",
      purpose: "lease",
      place: { kind: "file", path: server().seedPath },
      tokenMs: 24 * HOUR_MS,
      force: false,
    });
  const newest = () => {
    const { keys } = JSON.parse(readFileSync(server().seedPath, "utf8")) as { keys: { seed: string }[] };
    return deriveKey(keys.at(-1)?.seed ?? "", "lease").kid;
  };
  const kidOf = (token: string): string =>
    (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString("utf8")) as { kid: string }).kid;

  it("is rotated without a lease that fails: published, then signing, and the old one good until its leases are over", async () => {
    const old = server().leaseKey.kid;
    const under = operatorAt(server(), "op-1", { key: FIRST_KEY });
    const leaseOf = async () => expectSuccess("licensePost", await under.registers()).lease?.token ?? "";
    const beats = async (bearer: string) => (await operatorAt(server(), "op-1", { bearer }).beats([])).status;
    const first = await leaseOf();
    expect(kidOf(first)).toBe(old);

    await rotate();
    wait(4 * MINUTE_MS);
    expect(await jwks()).toContain(newest());
    expect(kidOf(await leaseOf())).toBe(old);
    wait(MINUTE_MS - 1);
    const last = await leaseOf();
    expect(kidOf(last)).toBe(old);
    wait(1);
    const fresh = await leaseOf();
    expect(kidOf(fresh)).toBe(newest());
    expect(await rotations()).toEqual([{ actor: "server", key: "lease", from: old, to: newest() }]);
    expect([await beats(first), await beats(last), await beats(fresh)]).toEqual([200, 200, 200]);

    wait(24 * HOUR_MS - 2_000);
    expect(await beats(last)).toBe(200);
    expect(await jwks()).toContain(old);
    wait(2 * HOUR_MS);
    expect(await jwks()).not.toContain(old);
    expect(kidOf(await leaseOf())).toBe(newest());
  });
});
