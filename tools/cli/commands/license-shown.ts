import { licensedModules } from "../../../shared/contract/editions.ts";
import type { LicenseGetResponse } from "../../../shared/contract/responses.ts";
import { type EpochMs, formatTime } from "../../../shared/contract/time.ts";
import { editionFields } from "../../../shared/licensing/edition.ts";
import type { LicenseFile } from "../../../shared/licensing/license-file.ts";
import { licenseStatus } from "../../../shared/licensing/status.ts";
import type { Cell } from "../table.ts";
import { duration, longAgo } from "../text.ts";

/** The answer without the license file, which is a secret. */
export const withoutPem = ({ license, ...rest }: LicenseGetResponse): LicenseGetResponse => {
  const { pem: _pem, ...terms } = license;
  return { license: terms, ...rest };
};

/** The terms of a license file, under the names of the API. */
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
  ...editionFields(file.terms.edition),
  signature:
    file.trustedUntil === undefined
      ? "not verified"
      : `verified; its issuers are valid until ${formatTime(file.trustedUntil)}`,
});

/** A license's terms as rows, of the file or of the API's answer. An expired one says since when, not for how long. */
export const termRows = (
  terms: LicenseGetResponse["license"] | ReturnType<typeof termsOf>,
  now: EpochMs,
): [string, Cell][] => {
  const rows = Object.entries(terms).filter(([name]) => name !== "pem") as [string, Shown][];
  return rows.map(([name, value]) =>
    name === "valid_seconds" ? validity(terms, Number(value), now) : [name.replaceAll("_", " "), shown(name, value)],
  );
};

const validity = (
  { status, expire_at }: { status: string; expire_at: string },
  seconds: number,
  now: EpochMs,
): [string, Cell] => (status === "expired" ? ["expired", longAgo(expire_at, now)] : ["valid for", duration(seconds)]);

type Shown = string | number | boolean | null | readonly string[];

const shown = (name: string, value: Shown): Cell => {
  if (name.startsWith("max_") && value === null) return "unlimited";
  if (name === "modules" && value === null) return "all";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" && value !== null ? licensedModules(value).join(", ") : value;
};
