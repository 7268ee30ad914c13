import { ITEM_VERSION, licenseSeenKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import type { LicenseFile } from "./license-file.ts";

/** Gives the day of the month, 1-31, on which the billing periods of a license begin. */
export type AnchorDays = (licenseIdentity: string, license: LicenseFile) => Promise<number>;

/**
 * The configured day, or else the issue day of the first license that was seen of the subscription, put into the table
 * by whoever sees it first and the same for everybody from then on: a renewal does not move it.
 */
export const anchorDays = (table: Table, configured: number | undefined, now: () => EpochMs): AnchorDays => {
  const known = new Map<string, number>();
  return async (identity, license) => {
    if (configured !== undefined) return configured;
    const day = known.get(identity) ?? (await firstSeen(table, identity, license, now()));
    known.set(identity, day);
    return day;
  };
};

const firstSeen = async (table: Table, identity: string, license: LicenseFile, now: EpochMs): Promise<number> => {
  const key = licenseSeenKey(identity);
  const seen = await table.get(key, { consistent: false });
  if (seen !== undefined) return Number(seen["anchorDay"]);
  const item = {
    ...key,
    v: ITEM_VERSION,
    anchorDay: new Date(license.issuedAt).getUTCDate(),
    firstSeen: formatTime(now),
    fingerprint: license.fingerprint,
  };
  const outcome = await table.write({
    kind: "put",
    item,
    condition: { expression: "attribute_not_exists(pk)" },
  });
  return Number((outcome.outcome === "refused" ? outcome.found : item)?.["anchorDay"]);
};
