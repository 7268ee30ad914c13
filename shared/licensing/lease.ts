import type { LeaseReason } from "../contract/responses.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { LicenseFile } from "./license-file.ts";
import { signToken } from "./sign-token.ts";
import type { SigningKey, SigningKeys } from "./signing-keys.ts";
import { licenseStatus } from "./status.ts";
import { verifyToken } from "./verify-token.ts";

const TYPE = "lease+jwt";
const AUDIENCE = "mirrord-operator";

export type LeaseTerms = { issuer: string; leaseSeconds: number };

export type LeaseRequest = { instanceId: string; license: LicenseFile; nonce: string | undefined; now: EpochMs };

export type LeaseDecision =
  | { kind: "granted"; token: string; expiresAt: EpochMs }
  | { kind: "withheld"; reason: LeaseReason };

/** The end of a lease that is granted now: at most the license's end, in whole seconds as a JWT has them. */
const leaseEnd = (license: LicenseFile, now: EpochMs, leaseSeconds: number): EpochMs =>
  Math.floor(Math.min(now + leaseSeconds * SECOND_MS, license.expiresAt) / SECOND_MS) * SECOND_MS;

/** Why the license grants no lease now. Undefined if it does. */
export const leaseRefusal = (license: LicenseFile, now: EpochMs): LeaseReason | undefined => {
  const status = licenseStatus(license, now);
  if (status === "expired") return "LicenseExpired";
  return status === "not_yet_valid" ? "LicenseNotYetValid" : undefined;
};

/** Signs a lease as a JWT (RFC 7519) that an operator can check offline against the published key. */
export const grantLease = (
  request: LeaseRequest,
  { issuer, leaseSeconds }: LeaseTerms,
  signer: SigningKey,
): LeaseDecision => {
  const { license, now, nonce, instanceId } = request;
  const refusal = leaseRefusal(license, now);
  if (refusal !== undefined) return { kind: "withheld", reason: refusal };
  const expiresAt = leaseEnd(license, now, leaseSeconds);
  const claims = { issuer, audience: AUDIENCE, subject: instanceId, issuedAt: now, expiresAt };
  const more = {
    license_fingerprint: license.fingerprint,
    license_expires_at: formatTime(license.expiresAt),
    ...(nonce === undefined ? {} : { nonce }),
  };
  const token = signToken(TYPE, claims, more, signer);
  return { kind: "granted", token, expiresAt };
};

/** The operator instance of a lease token. Undefined if the token is not valid. */
export const leaseHolder = async (
  token: string,
  issuer: string,
  keys: SigningKeys,
  now: EpochMs,
): Promise<string | undefined> => {
  const kind = { type: TYPE, audience: AUDIENCE, issuer, requiredClaims: ["exp", "sub"] };
  return (await verifyToken(token, kind, keys, now))?.sub;
};
