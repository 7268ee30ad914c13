import { createHash, timingSafeEqual } from "node:crypto";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import type { SecretReading, SecretSource } from "./secret.ts";

/** Whether a presented license key is one of the server's. Throws `SourceUnavailable` where that cannot be known. */
export type LicenseKeyCheck = (presented: string) => Promise<boolean>;

export type LicenseKeys = {
  accepts: LicenseKeyCheck;
  /** The version of the current key, where its source keeps versions. */
  version(): Promise<string | undefined>;
};

export type LicenseKeySources = {
  current: SecretSource;
  /** The key before the current one, while a rotation lasts. */
  previous?: SecretSource;
  /** How long after the current key was made the previous one is accepted; always, where its making is not known. */
  graceSeconds: number;
};

type Held = { keys: { hash: Buffer; until: EpochMs }[]; version: string | undefined };

/**
 * The license keys in force: the current one and, while a rotation lasts, the one before. A presented key is compared by
 * hashes of equal length in constant time and with all of them, so that neither a key's length nor its first difference
 * shows in the time of the answer. An empty or missing key opens nothing.
 */
export const licenseKeys = (sources: LicenseKeySources, now: () => EpochMs, log: Logger): LicenseKeys => {
  const read = cached(
    () => readKeys(sources, now()),
    now,
    (_error, ageMs) => log.warn("license key unreachable, going on with the last good copy", { age_ms: ageMs }),
  );
  return {
    async accepts(presented) {
      const { keys } = await read();
      const hash = digest(presented);
      const matches = keys.map((key) => timingSafeEqual(key.hash, hash) && now() < key.until);
      return matches.includes(true);
    },
    version: async () => (await read()).version,
  };
};

const readKeys = async ({ current, previous, graceSeconds }: LicenseKeySources, now: EpochMs): Promise<Held> => {
  const reading = await current();
  const version = reading.found ? reading.version : undefined;
  const graceEnds = version === undefined ? Number.POSITIVE_INFINITY : version.createdAt + graceSeconds * SECOND_MS;
  const before = previous === undefined || graceEnds <= now ? undefined : await previous();
  return {
    keys: [...hashOf(reading, Number.POSITIVE_INFINITY), ...(before === undefined ? [] : hashOf(before, graceEnds))],
    version: version?.id,
  };
};

const hashOf = (reading: SecretReading, until: EpochMs): Held["keys"] => {
  // A trailing line break is an artefact of how files and consoles store a key, not part of it.
  const key = reading.found ? reading.value.replace(/\r?\n$/, "") : "";
  return key === "" ? [] : [{ hash: digest(key), until }];
};

const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
