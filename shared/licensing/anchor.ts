import type { EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "./license-file.ts";
import type { LicenseSeen } from "./seen.ts";

/** Returns the day of the month, 1-31, on which the billing periods of a license begin. */
export type AnchorDays = (license: LicenseFile, now: EpochMs) => Promise<number>;

/** The configured day, or else the issue day of the subscription's first license that the server has seen. */
export const anchorDays =
  (seen: LicenseSeen, configured: number | undefined): AnchorDays =>
  async (license, now) => {
    if (configured === undefined) return (await seen(license, now)).anchorDay;
    // Only for the records then, and the next call tries again.
    await seen(license, now).catch(() => undefined);
    return configured;
  };
