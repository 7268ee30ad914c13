import { type EpochMs, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Settings } from "../settings.ts";
import { duration } from "../text.ts";
import type { Check } from "./check.ts";

const WARN_MS = 24 * HOUR_MS;

/** How long a given access token lasts, as it says itself; nothing where none is given. */
export const expiryCheck = ({ credentials: { token } }: Pick<Settings, "credentials">, now: EpochMs): Check[] => {
  if (token === undefined) return [];
  const expiresAt = expiryOf(token);
  if (expiresAt === undefined) return [{ name: "token", result: "fail", found: "this is no access token" }];
  const advice = "make another: license-server token create";
  if (expiresAt <= now) return [{ name: "token", result: "fail", found: "has expired", advice }];
  const found = `lasts for ${duration((expiresAt - now) / SECOND_MS)}`;
  return [
    expiresAt - now < WARN_MS
      ? { name: "token", result: "warn", found, advice }
      : { name: "token", result: "ok", found },
  ];
};

// What it says of itself is enough for a warning; the server is who verifies it (RFC 7519, section 4.1.4).
const expiryOf = (token: string): EpochMs | undefined => {
  const exp = claimsOf(token)?.["exp"];
  return typeof exp === "number" ? exp * SECOND_MS : undefined;
};

/** What a token says of itself, verified by nobody; undefined where it is none. */
export const claimsOf = (token: string): Record<string, unknown> | undefined => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
