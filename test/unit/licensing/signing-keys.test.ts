import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { readAccessToken, signAccessToken } from "../../../shared/licensing/access-token.ts";
import { SourceUnavailable } from "../../../shared/licensing/cached.ts";
import { deriveKey, signingKeys } from "../../../shared/licensing/signing-keys.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";

const START = Date.parse("2026-11-20T08:00:00Z");
const SEEDS = ["a", "b", "c"].map((letter) => letter.repeat(64));
const [OLD = "", NEW = "", THIRD = ""] = SEEDS;
const kid = (seed: string) => deriveKey(seed, "access").kid;

const world = (text: string | undefined) => {
  const clock = { now: START };
  const secret: { text: string | undefined; down: boolean } = { text, down: false };
  const lines: string[] = [];
  const log = createLogger(
    "debug",
    (line) => lines.push(line),
    () => clock.now,
  );
  const source = async () => {
    if (secret.down) throw new Error("unreachable");
    return secret.text === undefined ? ({ found: false } as const) : ({ found: true, value: secret.text } as const);
  };
  const keys = signingKeys(source, "access", () => clock.now, log);
  const inForce = async () => {
    const { signer, verifiers } = await keys();
    return { signs: signer.kid, verify: verifiers.map((key) => key.kid) };
  };
  return { clock, secret, lines, keys, inForce };
};

const T = (minutes: number) => formatTime(START + minutes * MINUTE_MS);
const rotation = JSON.stringify({
  keys: [
    { seed: OLD, verifies_until: T(65) },
    { seed: NEW, signs_from: T(5) },
  ],
});

describe("a key", () => {
  it("is derived from its seed and purpose alone: always the same, and another for every other seed and purpose", () => {
    expect(deriveKey(OLD, "access").jwk).toEqual(deriveKey(OLD, "access").jwk);
    const kids = SEEDS.flatMap((seed) => ["access", "lease"].map((purpose) => deriveKey(seed, purpose).kid));
    expect(new Set(kids).size).toBe(6);
  });

  it("is published without its private half", () => {
    const { jwk } = deriveKey(OLD, "access");
    expect(Object.keys(jwk).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    expect(JSON.stringify(jwk)).not.toContain(OLD);
  });
});

describe("the keys of a secret", () => {
  it("as the deployment makes it are one, which signs and verifies from ever for ever", async () => {
    const { inForce, clock } = world(JSON.stringify({ seed: OLD }));
    expect(await inForce()).toEqual({ signs: kid(OLD), verify: [kid(OLD)] });
    clock.now += 10 * 365 * 24 * HOUR_MS;
    expect(await inForce()).toEqual({ signs: kid(OLD), verify: [kid(OLD)] });
  });

  it("in rotation: the new one is published before it signs, the one before until its time is over, to the millisecond", async () => {
    const { inForce, clock } = world(rotation);
    const at = async (milliseconds: number) => {
      clock.now = START + milliseconds;
      return inForce();
    };
    const both = [kid(OLD), kid(NEW)];
    expect(await at(0)).toEqual({ signs: kid(OLD), verify: both });
    expect(await at(5 * MINUTE_MS - 1)).toEqual({ signs: kid(OLD), verify: both });
    expect(await at(5 * MINUTE_MS)).toEqual({ signs: kid(NEW), verify: both });
    expect(await at(65 * MINUTE_MS - 1)).toEqual({ signs: kid(NEW), verify: both });
    expect(await at(65 * MINUTE_MS)).toEqual({ signs: kid(NEW), verify: [kid(NEW)] });
  });

  it("are in use four minutes after the secret was written at the latest, so before a new one signs", async () => {
    const { inForce, clock, secret } = world(JSON.stringify({ seed: OLD }));
    await inForce();
    secret.text = rotation;
    clock.now += 4 * MINUTE_MS;
    expect((await inForce()).verify).toEqual([kid(OLD), kid(NEW)]);
  });

  it("sign by the latest of those whose time has come, in whatever order they stand", async () => {
    const { inForce } = world(
      JSON.stringify({
        keys: [
          { seed: THIRD, signs_from: T(-10) },
          { seed: OLD },
          { seed: NEW, signs_from: T(-20), verifies_until: T(1) },
        ],
      }),
    );
    expect(await inForce()).toEqual({ signs: kid(THIRD), verify: [kid(THIRD), kid(OLD), kid(NEW)] });
  });

  it.each([
    ["all to come", { keys: [{ seed: OLD, signs_from: T(1) }] }],
    ["all over", { keys: [{ seed: OLD, verifies_until: T(0) }] }],
  ])("that are %s sign nothing: that cannot be known to be right", async (_what, body) => {
    await expect(world(JSON.stringify(body)).inForce()).rejects.toBeInstanceOf(SourceUnavailable);
  });
});

describe("tokens of both keys", () => {
  it("verify while both are published, by the server and by the key set; the old one's no longer than its key", async () => {
    const { keys, clock } = world(rotation);
    const token = async () => {
      const validity = { issuer: "issuer", now: clock.now, expiresAt: clock.now + 600 * SECOND_MS };
      const grant = { tokenId: "t-1", subject: "tester", scopes: ["audit:read"] as const };
      return signAccessToken(grant, validity, (await keys()).signer);
    };
    const old = await token();
    clock.now = START + 6 * MINUTE_MS;
    const fresh = await token();
    const reads = async (one: string) => (await readAccessToken(one, "issuer", keys, clock.now)) !== undefined;
    expect([await reads(old), await reads(fresh)]).toEqual([true, true]);
    const set = createLocalJWKSet({ keys: (await keys()).verifiers.map(({ jwk }) => jwk) });
    for (const one of [old, fresh])
      await expect(jwtVerify(one, set, { currentDate: new Date(clock.now) })).resolves.toBeDefined();
    clock.now = START + 65 * MINUTE_MS;
    expect(await readAccessToken(old, "issuer", keys, START + MINUTE_MS)).toBeUndefined();
  });
});

describe("a secret that does not have the format", () => {
  const MALFORMED: Record<string, string | undefined> = {
    "that is empty": "",
    "that nobody put": undefined,
    "that is the bare seed": OLD,
    "that is no JSON": `{"seed": "${OLD}"`,
    "with a seed that is too short": JSON.stringify({ seed: OLD.slice(0, 42) }),
    "with a seed under another name": JSON.stringify({ sed: OLD }),
    "with no keys": JSON.stringify({ keys: [] }),
    "with a key without a seed": JSON.stringify({ keys: [{ seed: OLD }, { signs_from: T(5) }] }),
    "with a time that is none": JSON.stringify({ keys: [{ seed: OLD }, { seed: NEW, signs_from: "in 5 minutes" }] }),
    "with a time that is a number": JSON.stringify({ keys: [{ seed: OLD, verifies_until: START }] }),
    "that is a list": JSON.stringify([{ seed: OLD }]),
  };
  const everythingIn = (error: unknown): string =>
    error instanceof Error
      ? `${error.name} ${error.message} ${error.stack} ${everythingIn(error.cause)}`
      : String(error);

  it.each(Object.entries(MALFORMED))("%s gives no keys, and is quoted nowhere", async (_what, text) => {
    const { keys, lines } = world(text);
    const error: unknown = await keys().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SourceUnavailable);
    expect(everythingIn(error)).toMatch(/signing secret (is empty|does not have the format)/);
    expect(`${everythingIn(error)} ${lines.join()}`).not.toMatch(/aaaaaaaa|bbbbbbbb/);
  });

  it.each(Object.entries(MALFORMED))(
    "%s leaves the keys before it in force for an hour; the log says why",
    async (_what, text) => {
      const { inForce, clock, secret, lines } = world(JSON.stringify({ seed: OLD }));
      await inForce();
      secret.text = text;
      clock.now += HOUR_MS - 1;
      expect((await inForce()).signs).toBe(kid(OLD));
      expect(lines.join()).toMatch(/signing secret (is empty|does not have the format)/);
      expect(lines.join()).not.toMatch(/aaaaaaaa|bbbbbbbb/);
      clock.now += 1;
      await expect(inForce()).rejects.toBeInstanceOf(SourceUnavailable);
    },
  );
});
