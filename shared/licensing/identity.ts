import type { LicenseFile } from "./license-file.ts";

/** What the license goes by across renewals: its subscription, or itself where it names none. */
export const licenseIdentity = ({ terms, fingerprint }: LicenseFile): string => terms.subscriptionId || fingerprint;
