import { randomBytes, randomInt } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The license key for a server whose user chose none: made once, then kept. */
export const keptLicenseKey = (dataDir: string): string =>
  kept(join(dataDir, "license-key"), () => randomBytes(32).toString("base64url"));

/** `iss` of a local server's tokens: independent of its address, so that tokens stay valid after a change of port. */
export const LOCAL_ISSUER = "urn:mirrord-license-server:local";

export const signingPath = (dataDir: string, purpose: "lease" | "access"): string =>
  join(dataDir, `${purpose}-signing.json`);

/** The file with the seed of a signing key, in the format of the deployed secret: made once, then kept. */
export const keptSigningPath = (dataDir: string, purpose: "lease" | "access"): string => {
  const path = signingPath(dataDir, purpose);
  kept(path, () => JSON.stringify({ seed: randomAlphanumerics(64) }));
  return path;
};

/** Writes a file that only its owner can read, whole or not at all. */
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

/** Random letters and digits, almost 6 bits each. */
export const randomAlphanumerics = (length: number): string =>
  Array.from({ length }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join("");
