import { DAY_MS, type EpochMs, formatTime } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { Notice } from "./notice.ts";

/**
 * The notice for a license's end at a moment: the last of the configured days before it that has come, or the days
 * since it. Points that passed while no run looked are left out: by now they would be wrong.
 */
export const licenseNotices = (license: LicenseFile, warnedDays: readonly number[], now: EpochMs): Notice[] => {
  const { fingerprint, expiresAt } = license;
  const expired = now >= expiresAt;
  // Before the end a started day counts, so 23 hours are one day. After the end only whole days count.
  const days = expired ? Math.floor((now - expiresAt) / DAY_MS) : Math.ceil((expiresAt - now) / DAY_MS);
  const point = expired
    ? `expired ${days}`
    : warnedDays.toSorted((one, other) => one - other).find((warned) => days <= warned);
  if (point === undefined) return [];
  const facts = {
    fingerprint,
    licenseName: license.name,
    organization: license.organization,
    licenseExpiresAt: formatTime(expiresAt),
    daysLeft: expired ? -days : days,
    status: expired ? "expired" : "expiring",
  };
  const message = { ...(expired ? expiredText(license, days) : expiringText(license, days)), facts };
  return [{ kind: "license.expiring", what: `${fingerprint}#${point}`, facts, message }];
};

const WHAT_TO_DO = [
  "What to do: get the renewed license from the vendor and install it:",
  "  license-server license put license.pem",
  "It is active within a minute, without a deployment or a restart.",
];

const expiringText = ({ name, expiresAt }: LicenseFile, days: number) => ({
  subject: `mirrord license expires in ${days} ${days === 1 ? "day" : "days"}`,
  text: [
    `The license "${name}" ends on ${formatTime(expiresAt)}, in ${days === 1 ? "less than a day" : `${days} days`}.`,
    "After that no new session starts. Running sessions continue and are recorded.",
    "",
    ...WHAT_TO_DO,
  ].join("\n"),
});

const expiredText = ({ name, expiresAt }: LicenseFile, days: number) => ({
  subject: "mirrord license has expired: no session starts",
  text: [
    `The license "${name}" ended on ${formatTime(expiresAt)}${days === 0 ? "" : `, ${days} ${days === 1 ? "day" : "days"} ago`}.`,
    "New sessions are refused (LicenseExpired). Running sessions continue and are recorded.",
    "You get this message every day until a valid license is installed.",
    "",
    ...WHAT_TO_DO,
  ].join("\n"),
});
