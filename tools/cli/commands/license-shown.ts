import type { LicenseGetResponse } from "../../../shared/contract/responses.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import type { LicenseFile } from "../../../shared/licensing/license-file.ts";
import { licenseStatus } from "../../../shared/licensing/status.ts";
import type { Cell } from "../table.ts";
import { duration } from "../text.ts";

/** The answer without the license file, which is a secret and has no place on a screen. */
export const withoutPem = ({ license, ...rest }: LicenseGetResponse): LicenseGetResponse => {
  const { pem: _pem, ...terms } = license;
  return { license: terms, ...rest };
};

/** What a license file says, named as the API names it. */
export const termsOf = (file: LicenseFile, now: number) => ({
  fingerprint: file.fingerprint,
  name: file.name,
  organization: file.organization,
  issued_at: formatTime(file.issuedAt),
  expire_at: formatTime(file.expiresAt),
  status: licenseStatus(file, now),
  type: file.terms.type,
  trial: file.terms.trial,
  max_seats: file.terms.maxSeats,
  seat_tracking_mode: file.terms.trackingMode as string,
  subscription_id: file.terms.subscriptionId,
  organization_id: file.terms.organizationId,
  min_operator_version: file.terms.minOperatorVersion,
  signature:
    file.trustedUntil === undefined
      ? "not verified"
      : `verified, its issuers hold until ${formatTime(file.trustedUntil)}`,
});

/** A license's terms as rows: of the file or of the API's answer. */
export const termRows = (terms: LicenseGetResponse["license"] | ReturnType<typeof termsOf>): [string, Cell][] => {
  const rows = Object.entries(terms).filter(([name]) => name !== "pem") as [string, string | number | boolean | null][];
  return rows.map(([name, value]) => [
    name === "valid_seconds" ? "valid for" : name.replaceAll("_", " "),
    shown(name, value),
  ]);
};

const shown = (name: string, value: string | number | boolean | null): Cell => {
  if (name === "max_seats" && value === null) return "unlimited";
  if (name === "valid_seconds" && typeof value === "number") return duration(value);
  return typeof value === "boolean" ? (value ? "yes" : "no") : value;
};
