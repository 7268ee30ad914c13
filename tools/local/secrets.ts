import { randomBytes, randomInt } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The license key of a server whose user chose none: made once, then kept. */
export const keptLicenseKey = (dataDir: string): string =>
  kept(join(dataDir, "license-key"), () => randomBytes(32).toString("base64url"));

/** The file with the seed of the lease keys, in the form the deployed secret has: made once, then kept. */
export const keptLeaseSigningPath = (dataDir: string): string => {
  const path = join(dataDir, "lease-signing.json");
  kept(path, () => JSON.stringify({ seed: randomAlphanumerics(64) }));
  return path;
};

/** Writes a file that only its owner may read, whole or not at all. */
export const writeSecretFile = (path: string, text: string): void => {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
};

const kept = (path: string, make: () => string): string => {
  if (!existsSync(path)) writeSecretFile(path, make());
  return readFileSync(path, "utf8").trim();
};

const ALPHANUMERICS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const randomAlphanumerics = (length: number): string =>
  Array.from({ length }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join("");
