import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS, type EpochMs } from "../../shared/contract/time.ts";
import { type LicenseFile, readLicenseFile } from "../../shared/licensing/license-file.ts";
import { writeSecretFile } from "./secrets.ts";

/** One subscription for all demo licenses, so that a new one keeps the seats of the one before. */
const SUBSCRIPTION = "demo";
const VALID_DAYS = 365;

/** The demo license of a data directory: made once, and again after it has expired. */
export const demoLicense = async (dataDir: string, now: EpochMs): Promise<{ path: string; file: LicenseFile }> => {
  const path = join(dataDir, "demo-license.pem");
  const kept = existsSync(path) ? readLicenseFile(readFileSync(path, "utf8")) : undefined;
  if (kept?.ok && kept.license.expiresAt > now) return { path, file: kept.license };
  const pem = await mint(now);
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(`the demo license is not readable: ${reading.reason}`);
  writeSecretFile(path, pem);
  return { path, file: reading.license };
};

const mint = async (now: EpochMs): Promise<string> => {
  // Loaded late: a start with a license does not need the library that writes certificates.
  const { mintLicense, mintTerms } = await import("../mint/mint.ts");
  const { pem } = await mintLicense({
    organization: "Demo",
    terms: mintTerms({ type: "teams", max_seats: 10, subscription_id: SUBSCRIPTION }),
    notBefore: now,
    notAfter: now + VALID_DAYS * DAY_MS,
    serialNumber: `01${randomBytes(15).toString("hex")}`,
  });
  return pem;
};
