import { type EpochMs, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Settings } from "../settings.ts";
import { duration } from "../text.ts";
import type { Check } from "./check.ts";

const WARN_MS = 24 * HOUR_MS;

/** Checks how long the given access token is valid, by its own claims; nothing without one. */
export const expiryCheck = ({ credentials: { token } }: Pick<Settings, "credentials">, now: EpochMs): Check[] => {
  if (token === undefined) return [];
  const expiresAt = expiryOf(token);
  if (expiresAt === undefined) return [{ name: "token", result: "fail", found: "not an access token" }];
  const advice = "To create another: license-server token create";
  if (expiresAt <= now) return [{ name: "token", result: "fail", found: "has expired", advice }];
  const found = `valid for ${duration((expiresAt - now) / SECOND_MS)}`;
  return [
    expiresAt - now < WARN_MS
      ? { name: "token", result: "warn", found, advice }
      : { name: "token", result: "ok", found },
  ];
};

// Unverified claims are enough for a warning; the server verifies the token (RFC 7519, section 4.1.4).
const expiryOf = (token: string): EpochMs | undefined => {
  const exp = claimsOf(token)?.["exp"];
  return typeof exp === "number" ? exp * SECOND_MS : undefined;
};

/** The claims of a token, not verified; undefined where it is not a token. */
export const claimsOf = (token: string): Record<string, unknown> | undefined => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
