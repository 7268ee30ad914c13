import { createHash, timingSafeEqual } from "node:crypto";
import type { EpochMs } from "../contract/time.ts";
import type { Logger } from "../telemetry/logger.ts";
import { cached } from "./cached.ts";
import type { SecretSource } from "./secret.ts";

/** Whether a presented license key is the server's. Throws `SourceUnavailable` where that cannot be known. */
export type LicenseKeyCheck = (presented: string) => Promise<boolean>;

/**
 * Compares hashes of equal length in constant time, so that neither the key's length nor its first difference shows in
 * the answer's time. An empty or missing key opens nothing.
 */
export const licenseKeyCheck = (secret: SecretSource, now: () => EpochMs, log: Logger): LicenseKeyCheck => {
  const read = cached(
    async () => {
      const reading = await secret();
      // A trailing line break is an artefact of how files and consoles store a key, not part of it.
      const key = reading.found ? reading.value.replace(/\r?\n$/, "") : "";
      return key === "" ? undefined : digest(key);
    },
    now,
    (_error, ageMs) => log.warn("license key unreachable, going on with the last good copy", { age_ms: ageMs }),
  );
  return async (presented) => {
    const expected = await read();
    return expected !== undefined && timingSafeEqual(expected, digest(presented));
  };
};

const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
