import { DAY_MS, type EpochMs, formatTime } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { WARNED_DAYS } from "../licensing/status.ts";
import type { Notice } from "./notice.ts";

/**
 * What is to be told of a license's end at a moment: the last of the 30, 14, 7, 2 and 1 days before it that has come, or
 * how many days it is over. Those that went by while nobody looked are not told of afterwards: they would be wrong.
 */
export const licenseNotices = (license: LicenseFile, now: EpochMs): Notice[] => {
  const { fingerprint, expiresAt } = license;
  const expired = now >= expiresAt;
  // Begun days before the end, so that 23 hours are a day; whole ones after it.
  const days = expired ? Math.floor((now - expiresAt) / DAY_MS) : Math.ceil((expiresAt - now) / DAY_MS);
  const point = expired ? `expired ${days}` : WARNED_DAYS.find((warned) => days <= warned);
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
  "What to do: get the renewed license from its vendor and put it in:",
  "  license-server license put license.pem",
  "It is in force within a minute, without a deployment or a restart.",
];

const expiringText = ({ name, expiresAt }: LicenseFile, days: number) => ({
  subject: `mirrord license expires in ${days} ${days === 1 ? "day" : "days"}`,
  text: [
    `The license "${name}" ends on ${formatTime(expiresAt)}, in ${days === 1 ? "less than a day" : `${days} days`}.`,
    "From then on no new session starts. Sessions that run then go on, and are recorded.",
    "",
    ...WHAT_TO_DO,
  ].join("\n"),
});

const expiredText = ({ name, expiresAt }: LicenseFile, days: number) => ({
  subject: "mirrord license has expired: no session starts",
  text: [
    `The license "${name}" ended on ${formatTime(expiresAt)}${days === 0 ? "" : `, ${days} ${days === 1 ? "day" : "days"} ago`}.`,
    "New sessions are refused (LicenseExpired). Sessions that still run go on, and are recorded.",
    "You are told of this every day until a license is in force.",
    "",
    ...WHAT_TO_DO,
  ].join("\n"),
});
