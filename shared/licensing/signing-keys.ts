import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import * as v from "valibot";
import type { EpochMs } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import type { SecretSource } from "./secret.ts";

export type SigningKey = { kid: string; privateKey: KeyObject; publicKey: KeyObject; jwk: PublicJwk };
export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string; kid: string; alg: "EdDSA"; use: "sig" };

/** The key that signs now, and all that verify. Throws `SourceUnavailable` where they cannot be read. */
export type SigningKeys = () => Promise<{ signer: SigningKey; verifiers: readonly SigningKey[] }>;

// What the secret holds: 64 random characters, as the deploy generates them.
const SecretBody = v.pipe(v.string(), v.parseJson(), v.object({ seed: v.pipe(v.string(), v.minLength(43)) }));

/** The Ed25519 keys derived from a secret `{"seed": "…"}`; `purpose` keeps keys for different uses apart. */
export const signingKeys = (secret: SecretSource, purpose: "lease", now: () => EpochMs, log: Logger): SigningKeys => {
  let last: { value: string; keys: { signer: SigningKey; verifiers: SigningKey[] } } | undefined;
  return cached(
    async () => {
      const reading = await secret();
      if (!reading.found) throw new Error(`the ${purpose} signing secret is empty`);
      if (last?.value === reading.value) return last.keys;
      const body = v.safeParse(SecretBody, reading.value);
      // Not the issues themselves: they quote the value.
      if (!body.success) throw new Error(`the ${purpose} signing secret is not {"seed": "<43 characters or more>"}`);
      const signer = deriveKey(body.output.seed, purpose);
      last = { value: reading.value, keys: { signer, verifiers: [signer] } };
      return last.keys;
    },
    now,
    (_error, ageMs) => log.warn("signing secret unreachable, going on with the last good copy", { age_ms: ageMs }),
  );
};

// PKCS #8 of an Ed25519 private key up to its 32 bytes (RFC 8410, section 7).
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 key out of any text with enough entropy: HKDF-SHA-256 (RFC 5869) gives the 32 bytes of its private half. */
export const deriveKey = (seed: string, purpose: string): SigningKey => {
  const bytes = hkdfSync("sha256", seed, "", `mirrord-license-server/${purpose}/v1`, 32);
  const der = Buffer.concat([PKCS8_PREFIX, Buffer.from(bytes)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const x = publicKey.export({ format: "jwk" }).x ?? "";
  const kid = thumbprint(x);
  return { kid, privateKey, publicKey, jwk: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" } };
};

// RFC 7638: the members that make the key, in order, without white space.
const thumbprint = (x: string): string =>
  createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest("base64url");
