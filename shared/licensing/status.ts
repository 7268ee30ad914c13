import type { LicenseStatus } from "../contract/responses.ts";
import { DAY_MS, type EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "./license-file.ts";

/** From how long before its end on a license counts as expiring. */
export const EXPIRING_MS = 30 * DAY_MS;

/** Where a license stands at a moment. It is in force from `issuedAt` on, and no longer at `expiresAt` itself. */
export const licenseStatus = (
  { issuedAt, expiresAt }: Pick<LicenseFile, "issuedAt" | "expiresAt">,
  now: EpochMs,
): LicenseStatus => {
  if (now >= expiresAt) return "expired";
  if (now < issuedAt) return "not_yet_valid";
  return expiresAt - now <= EXPIRING_MS ? "expiring" : "valid";
};
