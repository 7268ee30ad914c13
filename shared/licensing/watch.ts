import { WARNED_DAYS } from "../contract/settings.ts";
import { DAY_MS, type EpochMs } from "../contract/time.ts";
import type { Logger, LogLevel } from "../telemetry/logger.ts";
import type { LicenseFile } from "./license-file.ts";
import { describeLicense, type LicenseHolding } from "./license-source.ts";
import { licenseStatus } from "./status.ts";

/** Logs the license's status and terms, never the PEM. It warns before the end, and is an error after it. */
export const watchLicense = (holding: LicenseHolding, now: EpochMs, log: Logger): { license: string } => {
  if (holding.kind === "missing") {
    log.error("license missing: put one into its secret");
    return { license: "missing" };
  }
  if (holding.kind === "invalid") {
    log.error("license invalid", { reason: holding.reason });
    return { license: "invalid" };
  }
  const { license, fallback } = holding;
  if (fallback !== undefined) log.error("license invalid, serving the previous one", { reason: fallback.reason });
  const status = licenseStatus(license, now);
  const days = daysLeft(license, now);
  log[levelOf(license, now)](`license ${status}`, { ...describeLicense(license), days_left: days });
  return { license: status };
};

// A begun day counts: a license that ends in 23 hours has one day left.
const daysLeft = ({ expiresAt }: LicenseFile, now: EpochMs): number =>
  Math.max(0, Math.ceil((expiresAt - now) / DAY_MS));

const levelOf = (license: LicenseFile, now: EpochMs): LogLevel => {
  const status = licenseStatus(license, now);
  if (status === "expired" || status === "not_yet_valid") return "error";
  return WARNED_DAYS.includes(daysLeft(license, now)) ? "warn" : "info";
};
