import type { LicenseFile } from "./license-file.ts";

/** The identity of a license across renewals: its subscription, or its fingerprint if it has none. */
export const licenseIdentity = ({ terms, fingerprint }: LicenseFile): string => terms.subscriptionId || fingerprint;
