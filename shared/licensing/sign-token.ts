import { sign } from "node:crypto";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { SigningKey } from "./signing-keys.ts";

/** The claims that every token has. Times are in milliseconds; a JWT has whole seconds. */
export type TokenClaims = {
  issuer: string;
  audience: string;
  subject: string;
  issuedAt: EpochMs;
  expiresAt: EpochMs;
  tokenId?: string;
};

/**
 * Signs a JWT (RFC 7519) with Ed25519, in the compact form of RFC 7515, section 7.1. It signs synchronously: a library on
 * top of WebCrypto needs several times as long, because it waits for another thread at every signature.
 */
export const signToken = (
  type: string,
  { issuer, audience, subject, issuedAt, expiresAt, tokenId }: TokenClaims,
  more: Readonly<Record<string, unknown>>,
  key: SigningKey,
): string => {
  const claims = {
    ...more,
    iss: issuer,
    aud: audience,
    sub: subject,
    ...(tokenId === undefined ? {} : { jti: tokenId }),
    iat: Math.floor(issuedAt / SECOND_MS),
    exp: Math.floor(expiresAt / SECOND_MS),
  };
  const signed = `${headerOf(type, key)}.${encoded(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key.privateKey).toString("base64url")}`;
};

// A key signs tokens of one type.
const headers = new WeakMap<SigningKey, { type: string; text: string }>();

const headerOf = (type: string, key: SigningKey): string => {
  const known = headers.get(key);
  if (known?.type === type) return known.text;
  const text = encoded({ alg: "EdDSA", typ: type, kid: key.kid });
  headers.set(key, { type, text });
  return text;
};

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
