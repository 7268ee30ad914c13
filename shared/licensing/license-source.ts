import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Logger, MetricValues } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import { type LicenseFile, type LicenseReading, readLicenseFile } from "./license-file.ts";
import type { SecretReading, SecretSource } from "./secret.ts";
import { isInForce, validSeconds } from "./status.ts";
import type { TrustAnchors } from "./trust.ts";

/** The license that the server has now. With `fallback`, it is the previous one, because the current one is not usable. */
export type LicenseHolding =
  | { kind: "held"; license: LicenseFile; fallback?: { reason: string } }
  | { kind: "missing" }
  | { kind: "invalid"; reason: string };

/** Returns the license, at most 60 seconds old. Throws `SourceUnavailable` if it cannot be read. */
export type LicenseSource = () => Promise<LicenseHolding>;

export type LicenseStore = {
  current: SecretSource;
  /**
   * What replaces a current license that is not usable: the previous version; for a store without versions, the last good
   * license of this process; nothing if the deployment pins a version.
   */
  previous: SecretSource | "last good" | "nothing";
};

/**
 * The license of a store. A license that does not parse, or that no configured trust anchor has issued, is invalid. If the
 * previous one is in force, it is served instead. Both are logged at every reading, at most once a minute.
 */
export const licenseSource = (
  store: LicenseStore,
  anchors: TrustAnchors | undefined,
  now: () => EpochMs,
  log: Logger,
): LicenseSource => {
  const report = reporter(anchors !== undefined, now, log);
  const parse = (pem: string): LicenseReading =>
    readLicenseFile(pem, anchors === undefined ? undefined : { anchors, now: now() });
  let lastGood: string | undefined;

  const previousText = async (): Promise<string | undefined> => {
    if (store.previous === "nothing") return undefined;
    return store.previous === "last good" ? lastGood : textIn(await store.previous());
  };

  const read = async (): Promise<LicenseHolding> => {
    const stored = await store.current();
    const text = textIn(stored);
    const fault = stored.found ? undefined : stored.fault;
    if (text === undefined && fault === undefined) return report({ kind: "missing" });
    const current = fault === undefined ? parse(text ?? "") : { ok: false as const, reason: `the file is ${fault}` };
    if (current.ok) {
      lastGood = text;
      return report({ kind: "held", license: current.license });
    }
    const { reason } = current;
    const before = await previousText();
    const previous = before === undefined ? undefined : parse(before);
    return report(
      previous?.ok && isInForce(previous.license, now())
        ? { kind: "held", license: previous.license, fallback: { reason } }
        : { kind: "invalid", reason },
    );
  };
  return cached(read, now, (error, ageMs) =>
    log.warn("license source unreachable, going on with the last good copy", {
      error_name: error instanceof Error ? error.name : "unknown",
      age_seconds: Math.floor(ageMs / SECOND_MS),
    }),
  );
};

/** The CloudWatch metrics of a license. */
const licenseMetrics = (holding: LicenseHolding, now: EpochMs): MetricValues => {
  if (holding.kind !== "held") return { LicenseValid: 0, LicenseFallback: 0, LicenseInvalid: 1 };
  const { license, fallback } = holding;
  const isValid = isInForce(license, now);
  return {
    LicenseSecondsLeft: validSeconds(license, now),
    LicenseValid: isValid ? 1 : 0,
    LicenseInvalid: isValid ? undefined : 1,
    LicenseFallback: fallback === undefined ? 0 : 1,
  };
};

const textIn = (reading: SecretReading): string | undefined =>
  reading.found && reading.value.trim() !== "" ? reading.value : undefined;

/** Logs what was read: the terms at the start and at every swap, never the PEM, and a fault at every reading. */
const reporter = (verifies: boolean, now: () => EpochMs, log: Logger) => {
  let loaded: string | undefined;

  const announce = (license: LicenseFile): void => {
    if (loaded === license.fingerprint) return;
    if (loaded === undefined && !verifies)
      log.warn("license parsed, its signature not verified: no trust anchor is configured");
    loaded = license.fingerprint;
    log.info("license loaded", describeLicense(license));
  };

  return (holding: LicenseHolding): LicenseHolding => {
    log.measure("license read", licenseMetrics(holding, now()));
    if (holding.kind === "missing") log.warn("license missing");
    if (holding.kind === "invalid") log.error("license invalid", { reason: holding.reason });
    if (holding.kind !== "held") return holding;
    const { license, fallback } = holding;
    announce(license);
    if (fallback !== undefined)
      log.error("license invalid, serving the previous one", {
        reason: fallback.reason,
        fingerprint: license.fingerprint,
      });
    return holding;
  };
};

/** The log fields of a license: all but the PEM. */
export const describeLicense = ({
  fingerprint,
  name,
  organization,
  issuedAt,
  expiresAt,
  terms,
  trustedUntil,
}: LicenseFile) => ({
  fingerprint,
  license_name: name,
  organization,
  issued_at: new Date(issuedAt).toISOString(),
  expires_at: new Date(expiresAt).toISOString(),
  signature: trustedUntil === undefined ? "not verified" : "verified",
  ...(trustedUntil === undefined ? {} : { issuers_expire_at: new Date(trustedUntil).toISOString() }),
  ...terms,
});
