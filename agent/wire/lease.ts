import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import type { EpochMs } from "../../shared/contract/time.ts";
import type { Client } from "./client.ts";

export type LeaseExpectation = { instanceId: string; nonce: string; fingerprint: string };

/** `unknown`: the server's keys could not be fetched, so the token was not verified. */
export type LeaseVerdict =
  | { kind: "good"; expiresAt: EpochMs }
  | { kind: "bad"; detail: string }
  | { kind: "unknown"; detail: string };

export type LeaseVerifier = (token: string, expected: LeaseExpectation, now: EpochMs) => Promise<LeaseVerdict>;

const CLOCK_TOLERANCE_SECONDS = 300;

/**
 * Verifies lease tokens as an operator does offline: signature by a key of `/.well-known/jwks.json`, type, audience, expiry,
 * instance, license and the request's nonce. The keys are fetched once, and again when a token names an unknown key (after
 * a rotation).
 */
export const createLeaseVerifier = (client: Pick<Client, "jwks">): LeaseVerifier => {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;

  const fetchKeys = async (): Promise<string | undefined> => {
    const outcome = await client.jwks();
    if (outcome.kind !== "ok") return outcome.detail;
    keys = createLocalJWKSet(outcome.body as JSONWebKeySet);
    return undefined;
  };

  const verify = async (
    token: string,
    expected: LeaseExpectation,
    now: EpochMs,
    mayFetch: boolean,
  ): Promise<LeaseVerdict> => {
    if (keys === undefined) {
      const problem = await fetchKeys();
      if (keys === undefined) return { kind: "unknown", detail: `the server's keys: ${problem}` };
      return verify(token, expected, now, false);
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ["EdDSA"],
        typ: "lease+jwt",
        audience: "mirrord-operator",
        subject: expected.instanceId,
        requiredClaims: ["exp", "iss"],
        currentDate: new Date(now),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      if (payload["nonce"] !== expected.nonce) return { kind: "bad", detail: "the nonce is not the request's" };
      if (payload["license_fingerprint"] !== expected.fingerprint)
        return { kind: "bad", detail: "it is for another license" };
      return { kind: "good", expiresAt: (payload.exp ?? 0) * 1_000 };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      if (error instanceof errors.JWKSNoMatchingKey && mayFetch) {
        keys = undefined;
        return verify(token, expected, now, false);
      }
      return { kind: "bad", detail: error.message };
    }
  };

  return (token, expected, now) => verify(token, expected, now, true);
};
