import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { HELP, type KeysCommand, parseKeysArguments } from "../../../tools/keys/command-line.ts";
import { runKeysCommand } from "../../../tools/keys/run.ts";
import { type FakeSecretsManager, startSecretsManager } from "../../support/secrets-manager.ts";

const START = Date.parse("2026-11-20T08:00:00Z");
const SEED = "s".repeat(64);
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:one";

const clock = { now: START };
let manager: FakeSecretsManager;
let client: SecretsManagerClient;
beforeAll(async () => {
  manager = await startSecretsManager(clock);
  const credentials = { accessKeyId: "fake", secretAccessKey: "fake" };
  client = new SecretsManagerClient({ endpoint: manager.endpoint, region: "eu-central-1", credentials });
});
afterAll(async () => {
  client.destroy();
  await manager.stop();
});

let folder: string;
let path: string;
beforeEach(() => {
  clock.now = START;
  manager.secrets.clear();
  folder = mkdtempSync(join(tmpdir(), "license-server-keys-"));
  path = join(folder, "lease-signing.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a command line does; nothing that it says may be secret. */
const keys = async (...args: string[]) => {
  const line = parseKeysArguments(args);
  if (line.kind !== "run") throw new Error(JSON.stringify(line));
  const outcome = await runKeysCommand(line.command, () => client, clock.now);
  const told = outcome.lines.join("\n");
  for (const secret of secretsNow()) expect(told).not.toContain(secret);
  return { ok: outcome.ok, told };
};

const secretsNow = (): string[] => [
  SEED,
  ...[...manager.secrets.values()].flat().map(({ value }) => value),
  ...[...(manager.secrets.get(ARN)?.at(-1)?.value ?? "").matchAll(/"seed":"(\w+)"/g)].map((match) => match[1] ?? ""),
];

type Body = { keys: { seed: string; signs_from?: string; verifies_until?: string }[] };

describe("rotate-signing", () => {
  const body = () => JSON.parse(readFileSync(path, "utf8")) as Body;
  const rotate = (...more: string[]) => keys("rotate-signing", "--purpose", "lease", "--file", path, ...more);

  it("adds a seed that signs in 5 minutes, and lets those before it verify until their last token is over", async () => {
    writeFileSync(path, JSON.stringify({ seed: SEED }));
    const { ok, told } = await rotate();
    expect(ok).toBe(true);
    const [old, made, ...more] = body().keys;
    expect(more).toEqual([]);
    const signsFrom = START + 5 * MINUTE_MS;
    // The hour is how long a function may go on signing with a copy, while it cannot reach the secret.
    expect(old).toEqual({ seed: SEED, verifies_until: formatTime(signsFrom + HOUR_MS + 24 * HOUR_MS) });
    expect(made).toEqual({ seed: expect.stringMatching(/^[A-Za-z0-9]{64}$/), signs_from: formatTime(signsFrom) });
    expect(told).toContain(`new key ${deriveKey(made?.seed ?? "", "lease").kid}`);
    expect(told).toContain(formatTime(signsFrom));
    expect(told).not.toContain(made?.seed ?? "");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    [["--purpose", "access"], 8_784],
    [["--purpose", "lease", "--token-hours", "168"], 168],
    [["--purpose", "access", "--token-hours", "8"], 8],
  ])("keeps the old key as long as a token lasts: %j", async (args, hours) => {
    writeFileSync(path, JSON.stringify({ seed: SEED }));
    await keys("rotate-signing", "--file", path, ...args);
    expect(body().keys[0]?.verifies_until).toBe(formatTime(START + 5 * MINUTE_MS + HOUR_MS + hours * HOUR_MS));
  });

  it("is refused until the key of the rotation before signs, and then adds to it; --force adds at once", async () => {
    writeFileSync(path, JSON.stringify({ seed: SEED }));
    await rotate();
    const before = readFileSync(path, "utf8");
    clock.now += 5 * MINUTE_MS - 1;
    const refused = await rotate();
    expect(refused).toMatchObject({ ok: false, told: expect.stringContaining(formatTime(START + 5 * MINUTE_MS)) });
    expect(readFileSync(path, "utf8")).toBe(before);
    expect((await rotate("--force")).ok).toBe(true);
    expect(body().keys).toHaveLength(3);
    clock.now += 10 * MINUTE_MS;
    expect((await rotate()).ok).toBe(true);
    expect(body().keys).toHaveLength(4);
  });

  it("leaves a bound that a key has already as it is, and drops keys long after theirs", async () => {
    writeFileSync(path, JSON.stringify({ seed: SEED }));
    await rotate();
    const bound = body().keys[0]?.verifies_until ?? "";
    clock.now += HOUR_MS;
    await rotate();
    expect(body().keys.map(({ verifies_until }) => verifies_until)).toEqual([
      bound,
      formatTime(clock.now + 5 * MINUTE_MS + 25 * HOUR_MS),
      undefined,
    ]);
    clock.now = Date.parse(bound) + 24 * HOUR_MS - 1;
    await rotate();
    expect(body().keys.map(({ seed }) => seed)).toContain(SEED);
    clock.now += HOUR_MS;
    await rotate();
    expect(body().keys.map(({ seed }) => seed)).not.toContain(SEED);
  });

  it("does the same in Secrets Manager", async () => {
    manager.put(ARN, JSON.stringify({ seed: SEED }));
    expect((await keys("rotate-signing", "--purpose", "access", "--secret-id", ARN)).ok).toBe(true);
    const { keys: list } = JSON.parse(manager.secrets.get(ARN)?.at(-1)?.value ?? "") as Body;
    expect(list.map(({ seed }) => seed === SEED)).toEqual([true, false]);
  });

  it.each(["", "{}", "a license", JSON.stringify({ keys: [{ seed: "short" }] })])(
    "changes nothing where there is no signing secret but %j",
    async (text) => {
      writeFileSync(path, text);
      expect((await rotate()).ok).toBe(false);
      expect(readFileSync(path, "utf8")).toBe(text);
    },
  );
});

describe("rotate-license-key", () => {
  const rotate = (...more: string[]) => keys("rotate-license-key", "--secret-id", ARN, ...more);
  const labels = () => manager.secrets.get(ARN)?.map(({ stages }) => stages[0] ?? "none");

  it("puts a new random key of 48 letters and digits, and tells how to read it", async () => {
    manager.put(ARN, "the-first-key");
    const { ok, told } = await rotate();
    expect(ok).toBe(true);
    expect(manager.secrets.get(ARN)?.at(-1)?.value).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(told).toContain(`aws secretsmanager get-secret-value --secret-id ${ARN}`);
    expect(told).toContain(formatTime(START + 24 * HOUR_MS));
    expect(labels()).toEqual(["AWSPREVIOUS", "AWSCURRENT"]);
  });

  it("is refused while the grace of the rotation before lasts: operators may have the key before that", async () => {
    manager.put(ARN, "the-first-key");
    await rotate();
    clock.now += 24 * HOUR_MS - 1;
    expect(await rotate()).toMatchObject({ ok: false, told: expect.stringContaining("not complete") });
    expect(labels()).toEqual(["AWSPREVIOUS", "AWSCURRENT"]);
    expect((await rotate("--grace-hours", "12")).ok).toBe(true);
    expect((await rotate("--force")).ok).toBe(true);
    clock.now += 24 * HOUR_MS;
    expect((await rotate()).ok).toBe(true);
  });
});

describe("finish-license-key", () => {
  const finish = () => keys("finish-license-key", "--secret-id", ARN);

  it("takes the label from the key before the current one, and does no harm when there is none", async () => {
    manager.put(ARN, "the-first-key");
    manager.put(ARN, "the-second-key");
    expect((await finish()).ok).toBe(true);
    expect(manager.secrets.get(ARN)?.map(({ stages }) => stages)).toEqual([[], ["AWSCURRENT"]]);
    expect(await finish()).toMatchObject({ ok: true, told: expect.stringContaining("nothing to finish") });
    expect((await keys("rotate-license-key", "--secret-id", ARN)).ok).toBe(true);
  });
});

describe("the command line", () => {
  const faults = (...args: string[]) => {
    const line = parseKeysArguments(args);
    return line.kind === "bad" ? line.faults : [];
  };

  it("tells every fault at once", () => {
    expect(faults("rotate-signing", "--purpose", "other", "--token-hours", "soon", "--grace-hours", "1")).toHaveLength(
      4,
    );
    expect(faults("rotate-license-key", "--grace-hours", "-1x", "--file", "a")).toHaveLength(1);
    expect(faults("finish-license-key", "--force", "--purpose", "lease")).toHaveLength(3);
  });

  it.each([
    [[]],
    [["rotate"]],
    [["toString"]],
    [["rotate-signing", "rotate-license-key"]],
    [["rotate-signing", "--purpose", "lease", "--file", "a", "--secret-id", "b"]],
    [["rotate-license-key", "--secret-id"]],
    [["rotate-license-key", "--secret-id", ""]],
    [["finish-license-key", "--secret-id", ARN, "--colour"]],
  ])("has a fault to tell of %j", (args) => {
    expect(faults(...args)).not.toEqual([]);
  });

  it("helps where it is asked to, with every command", () => {
    expect(parseKeysArguments(["--help"])).toEqual({ kind: "help" });
    const commands = ["rotate-signing", "rotate-license-key", "finish-license-key"] satisfies KeysCommand["do"][];
    for (const command of commands) expect(HELP).toContain(command);
  });
});
