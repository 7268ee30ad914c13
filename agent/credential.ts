import { readFileSync } from "node:fs";
import { decodeJwt } from "jose";
import { type EpochMs, formatTime } from "../shared/contract/time.ts";
import type { CredentialSource } from "./settings.ts";
import { bearerHeader, licenseKeyHeader } from "./wire/client.ts";

/** What authenticates the agent to the license server: an access token, or the license key. */
export type Credential = {
  /** The headers of the next call. */
  headers(): Record<string, string>;
  /** Reads the files again. A file that cannot be read keeps its last content. */
  reload(): void;
  /** A number that changes with what is sent. After a change, a refused call may succeed. */
  version(): number;
  /**
   * Changes between the access token and the license key where both are set: a server of the release before has no tokens for
   * agents. Returns whether there is another.
   */
  alternate(): boolean;
  /** The end of the access token that is in use. Undefined for a license key, or if the token names none. */
  endsAt(): EpochMs | undefined;
};

/** Undefined as a result of `read` means that the file cannot be read. */
export const createCredential = (source: CredentialSource, read = readSecret): Credential => {
  let token: string | undefined;
  let key = source.licenseKey;
  let isKeyPreferred = false;
  const usesToken = (): boolean => token !== undefined && !(isKeyPreferred && key !== undefined);
  const current = (): string | undefined => (usesToken() ? token : key);
  let version = 0;
  const reload = (): void => {
    const before = current();
    if (source.tokenFile !== undefined) token = read(source.tokenFile) ?? token;
    if (source.licenseKeyFile !== undefined) key = read(source.licenseKeyFile) ?? key;
    if (current() !== before) version += 1;
  };
  reload();
  return {
    headers: () => {
      const secret = current() ?? "";
      return usesToken() ? bearerHeader(secret) : licenseKeyHeader(secret);
    },
    reload,
    version: () => version,
    alternate: () => {
      if (token === undefined || key === undefined) return false;
      isKeyPreferred = !isKeyPreferred;
      version += 1;
      return true;
    },
    endsAt: () => (usesToken() && token !== undefined ? endOf(token) : undefined),
  };
};

const readSecret = (path: string): string | undefined => {
  try {
    const text = readFileSync(path, "utf8").trim();
    // A header can carry nothing else.
    return /^[\x21-\x7e]+$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
};

const endOf = (token: string): EpochMs | undefined => {
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? undefined : exp * 1_000;
  } catch {
    return undefined;
  }
};

/** The trouble of a token that ends within `marginMs`. Undefined if there is none. */
export const tokenTrouble = (endsAt: EpochMs | undefined, now: EpochMs, marginMs: number): string | undefined => {
  if (endsAt === undefined || endsAt - now > marginMs) return undefined;
  const verb = endsAt <= now ? "expired" : "expires";
  return `The agent's access token ${verb} at ${formatTime(endsAt)}. Create a new one with license-server agent token and replace the file.`;
};
