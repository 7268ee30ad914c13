import type { EpochMs } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import { type LicenseFile, readLicenseFile } from "./license-file.ts";
import type { SecretSource } from "./secret.ts";

/** The license as the server has it now. */
export type LicenseHolding =
  | { kind: "held"; license: LicenseFile }
  | { kind: "missing" }
  | { kind: "invalid"; reason: string };

/** Gives the license in force, at most 60 seconds old. Throws `SourceUnavailable` where it cannot be known. */
export type LicenseSource = () => Promise<LicenseHolding>;

export const licenseSource = (secret: SecretSource, now: () => EpochMs, log: Logger): LicenseSource => {
  let last: { pem: string; holding: LicenseHolding } | undefined;
  const read = async (): Promise<LicenseHolding> => {
    const reading = await secret();
    if (!reading.found || reading.value.trim() === "") return { kind: "missing" };
    if (last?.pem === reading.value) return last.holding;
    const holding = parse(reading.value);
    last = { pem: reading.value, holding };
    announce(holding, log);
    return holding;
  };
  return cached(read, now, (error, ageMs) =>
    log.warn("license source unreachable, going on with the last good copy", {
      error_name: error instanceof Error ? error.name : "unknown",
      age_seconds: Math.floor(ageMs / 1_000),
    }),
  );
};

const parse = (pem: string): LicenseHolding => {
  const reading = readLicenseFile(pem);
  return reading.ok ? { kind: "held", license: reading.license } : { kind: "invalid", reason: reading.reason };
};

// Said at start and at every swap; the terms, never the PEM.
const announce = (holding: LicenseHolding, log: Logger): void => {
  if (holding.kind === "invalid") log.error("license invalid", { reason: holding.reason });
  if (holding.kind !== "held") return;
  const { fingerprint, name, organization, issuedAt, expiresAt, terms } = holding.license;
  log.info("license loaded", {
    fingerprint,
    license_name: name,
    organization,
    issued_at: new Date(issuedAt).toISOString(),
    expires_at: new Date(expiresAt).toISOString(),
    ...terms,
  });
};
