import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import { type EpochMs, MINUTE_MS } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached, SourceUnavailable } from "./cached.ts";
import type { SecretSource } from "./secret.ts";
import { readSigningSecret } from "./signing-secret.ts";

export type SigningKey = { kid: string; privateKey: KeyObject; publicKey: KeyObject; jwk: PublicJwk };
export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string; kid: string; alg: "EdDSA"; use: "sig" };

/** The key that signs now, and all that verify. Throws `SourceUnavailable` if they cannot be read. */
export type SigningKeys = () => Promise<{ signer: SigningKey; verifiers: readonly SigningKey[] }>;

/** Shorter than the five minutes between the publication of a new key and its first signature, so that each process has it. */
export const FRESH_MS = 4 * MINUTE_MS;

type TimedKey = { key: SigningKey; signsFrom: EpochMs; verifiesUntil: EpochMs };

/**
 * The Ed25519 keys derived from a signing secret. The key with the latest `signs_from` that has passed signs. Each key is
 * published until its `verifies_until`, also before it signs, so that every client knows it by then. `purpose` separates
 * keys of different uses.
 */
export const signingKeys = (
  secret: SecretSource,
  purpose: "lease" | "access",
  now: () => EpochMs,
  log: Logger,
): SigningKeys => {
  let last: { value: string; keys: TimedKey[] } | undefined;
  const read = cached(
    async () => {
      const reading = await secret();
      if (!reading.found) throw new Error(`the ${purpose} signing secret is ${reading.fault ?? "empty"}`);
      if (last?.value === reading.value) return last.keys;
      last = { value: reading.value, keys: deriveKeys(reading.value, purpose) };
      return last.keys;
    },
    now,
    (error, ageMs) =>
      log.warn("signing secret not usable, going on with the last good copy", { purpose, age_ms: ageMs, error }),
    FRESH_MS,
  );
  return async () => inForce(await read(), purpose, now());
};

const deriveKeys = (secret: string, purpose: string): TimedKey[] => {
  const seeds = readSigningSecret(secret);
  // The error does not quote the content: it may be a seed.
  if (seeds === undefined)
    throw new Error(`the ${purpose} signing secret does not have the format of docs/runbooks/rotate-signing-key.md`);
  return seeds.map(({ seed, signsFrom, verifiesUntil }) => ({
    key: deriveKey(seed, purpose),
    signsFrom: signsFrom ?? Number.NEGATIVE_INFINITY,
    verifiesUntil: verifiesUntil ?? Number.POSITIVE_INFINITY,
  }));
};

const inForce = (keys: readonly TimedKey[], purpose: string, now: EpochMs) => {
  const published = keys.filter(({ verifiesUntil }) => now < verifiesUntil);
  const signers = published.filter(({ signsFrom }) => signsFrom <= now);
  const signer = signers.toSorted((one, other) => one.signsFrom - other.signsFrom).at(-1);
  if (signer === undefined) throw new SourceUnavailable(`no ${purpose} signing key is in force`);
  return { signer: signer.key, verifiers: published.map(({ key }) => key) };
};

// PKCS #8 of an Ed25519 private key up to its 32 bytes (RFC 8410, section 7).
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** Derives an Ed25519 key from a text with enough entropy: HKDF-SHA-256 (RFC 5869) gives the 32 private bytes. */
export const deriveKey = (seed: string, purpose: string): SigningKey => {
  const bytes = hkdfSync("sha256", seed, "", `mirrord-license-server/${purpose}/v1`, 32);
  const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(bytes)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const x = publicKey.export({ format: "jwk" }).x ?? "";
  const kid = thumbprint(x);
  return { kid, privateKey, publicKey, jwk: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" } };
};

// RFC 7638: the required members of the key, in order, without white space.
const thumbprint = (x: string): string =>
  createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest("base64url");
