import type { LicenseStatus } from "../contract/responses.ts";
import { DAY_MS, type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { LicenseFile } from "./license-file.ts";

/** From how long before its end on a license counts as expiring. */
const EXPIRING_MS = 30 * DAY_MS;

/** Where a license stands at a moment. It is in force from `issuedAt` on, and no longer at `expiresAt` itself. */
export const licenseStatus = (
  { issuedAt, expiresAt }: Pick<LicenseFile, "issuedAt" | "expiresAt">,
  now: EpochMs,
): LicenseStatus => {
  if (now >= expiresAt) return "expired";
  if (now < issuedAt) return "not_yet_valid";
  return expiresAt - now <= EXPIRING_MS ? "expiring" : "valid";
};

/** Whether it gives leases and lets sessions start: between its issue and its end. */
export const isInForce = (license: Pick<LicenseFile, "issuedAt" | "expiresAt">, now: EpochMs): boolean =>
  now >= license.issuedAt && now < license.expiresAt;

/** The whole seconds that are left of it; none once it has expired. */
export const validSeconds = ({ expiresAt }: Pick<LicenseFile, "expiresAt">, now: EpochMs): number =>
  Math.max(0, Math.floor((expiresAt - now) / SECOND_MS));

/** So many begun days before its end a license is warned of; people are told at the same points. */
export const WARNED_DAYS: readonly number[] = [1, 2, 7, 14, 30];
