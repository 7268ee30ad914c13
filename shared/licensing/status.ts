import type { LicenseStatus } from "../contract/responses.ts";
import { DAY_MS, type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { LicenseFile } from "./license-file.ts";

/** A license is expiring for this long before its end. */
const EXPIRING_MS = 30 * DAY_MS;

/** The status of a license at a moment. It is in force from `issuedAt`, and no longer at `expiresAt`. */
export const licenseStatus = (
  { issuedAt, expiresAt }: Pick<LicenseFile, "issuedAt" | "expiresAt">,
  now: EpochMs,
): LicenseStatus => {
  if (now >= expiresAt) return "expired";
  if (now < issuedAt) return "not_yet_valid";
  return expiresAt - now <= EXPIRING_MS ? "expiring" : "valid";
};

/** Whether it grants leases and allows new sessions: between its issue and its end. */
export const isInForce = (license: Pick<LicenseFile, "issuedAt" | "expiresAt">, now: EpochMs): boolean =>
  now >= license.issuedAt && now < license.expiresAt;

/** The whole seconds until it expires; 0 after that. */
export const validSeconds = ({ expiresAt }: Pick<LicenseFile, "expiresAt">, now: EpochMs): number =>
  Math.max(0, Math.floor((expiresAt - now) / SECOND_MS));
