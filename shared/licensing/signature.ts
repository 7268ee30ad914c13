import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Certificate, Signed } from "./certificate.ts";

/** The fault of a certificate's signature by an issuer's key. Undefined if the signature is right. */
export const signatureFault = ({ signed }: Certificate, issuer: Certificate): string | undefined => {
  const [inner, outer] = signed.algorithms;
  // RFC 5280 (4.1.1.2): otherwise the algorithm would not be signed.
  if (!Buffer.from(inner).equals(outer)) return "names two signature algorithms";
  const digest = DIGESTS.get(signed.algorithmOid ?? "");
  if (digest === undefined) return "is signed with an algorithm that is not supported";
  return isGood(signed, digest, issuer) ? undefined : "has a signature that is not its issuer's";
};

/**
 * What is signed for each algorithm: the bytes themselves (Ed25519, RFC 8410) or a digest of them (RSA with PKCS #1 v1.5,
 * RFC 4055; ECDSA, RFC 5758).
 */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ["1.3.101.112", null],
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
]);

const isGood = ({ tbs, signature }: Signed, digest: string | null, issuer: Certificate): boolean => {
  if (signature === undefined) return false;
  try {
    const key = digest === null ? ed25519Key(issuer) : createPublicKey(spki(issuer.publicKeyInfo));
    return key !== undefined && verify(digest, tbs, key, signature);
  } catch {
    // The key is not valid, such as a point that is not on its curve, or not of this algorithm.
    return false;
  }
};

// SubjectPublicKeyInfo of an Ed25519 and of an X25519 key up to their 32 bytes (RFC 8410, section 4).
const ED25519_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const X25519_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const KEY_BYTES = 32;

// The issuer's certificate may label its Ed25519 key as X25519, as license files do. Only the 32 bytes count.
const ed25519Key = ({ publicKeyInfo }: Certificate): KeyObject | undefined => {
  const prefix = Buffer.from(publicKeyInfo.subarray(0, -KEY_BYTES));
  if (![ED25519_PREFIX, X25519_PREFIX].some((known) => known.equals(prefix))) return undefined;
  return createPublicKey(spki(Buffer.concat([ED25519_PREFIX, publicKeyInfo.subarray(-KEY_BYTES)])));
};

const spki = (der: Uint8Array) => ({ key: Buffer.from(der), format: "der", type: "spki" }) as const;
