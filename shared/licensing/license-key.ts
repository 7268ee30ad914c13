import { hash, timingSafeEqual } from "node:crypto";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import type { SecretReading, SecretSource } from "./secret.ts";

/** Whether a presented license key is one of the server's. Throws `SourceUnavailable` if the server's keys cannot be read. */
export type LicenseKeyCheck = (presented: string) => Promise<boolean>;

export type LicenseKeys = {
  accepts: LicenseKeyCheck;
  /** The version of the current key, if its source has versions. */
  version(): Promise<string | undefined>;
};

export type LicenseKeySources = {
  current: SecretSource;
  /** The previous key, while a rotation lasts. */
  previous?: SecretSource;
  /** How long the previous key is accepted after the current one was made; always, if that moment is unknown. */
  graceSeconds: number;
};

type Held = { keys: { hash: Buffer; until: EpochMs }[]; version: string | undefined };

/**
 * The valid license keys: the current one and, while a rotation lasts, the previous one. Hashes of equal length are compared
 * in constant time, and with all keys, so that the time of the answer reveals neither a key's length nor its first
 * difference. An empty or missing key is never valid.
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
      const hashed = digest(presented);
      const matches = keys.map((key) => timingSafeEqual(key.hash, hashed) && now() < key.until);
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
  // Files and consoles add a line break to a key. It is not part of it.
  const key = reading.found ? reading.value.replace(/\r?\n$/, "") : "";
  return key === "" ? [] : [{ hash: digest(key), until }];
};

const digest = (text: string): Buffer => hash("sha256", text, "buffer");
