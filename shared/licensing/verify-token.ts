import type { EpochMs } from "../contract/time.ts";
import type { JWTPayload } from "./jwt.ts";
import type { SigningKeys } from "./signing-keys.ts";

export type TokenKind = { type: string; audience: string; issuer: string; requiredClaims: string[] };

/**
 * The claims of a valid token. Undefined for a token of another kind or key, an altered or an expired one. The algorithm and
 * the type are fixed, so that no token can choose them (RFC 8725, sections 3.1 and 3.11).
 */
export const verifyToken = async (
  token: string,
  { type, audience, issuer, requiredClaims }: TokenKind,
  keys: SigningKeys,
  now: EpochMs,
): Promise<JWTPayload | undefined> => {
  const { verifiers } = await keys();
  const { errors, jwtVerify } = await import("./jwt.ts");
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = verifiers.find((verifier) => verifier.kid === kid);
        if (key === undefined) throw new errors.JWKSNoMatchingKey();
        return key.publicKey;
      },
      { issuer, audience, typ: type, algorithms: ["EdDSA"], currentDate: new Date(now), requiredClaims },
    );
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
};
