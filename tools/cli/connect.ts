import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { readServerNote } from "../local/server-note.ts";
import { type Api, createApi } from "./api.ts";
import { type Deployment, deploymentOf } from "./aws.ts";
import { CliError, EXIT } from "./exit.ts";
import { routeOf } from "./problem.ts";
import { type Credential, type Send, sender } from "./request.ts";
import type { Settings } from "./settings.ts";
import type { System } from "./system.ts";
import { type TokenService, tokenServiceOf } from "./token-service.ts";

/** Where a local server is expected that has not noted its address. */
const LOCAL_URL = "http://127.0.0.1:8080";

const READ_SCOPES = SCOPES.filter((scope) => scope.endsWith(":read"));

/** For one command: long enough to answer a question first. */
export const OWN_TOKEN_SECONDS = 600;
export const SUBJECT_PREFIX = "cli ";

/** A server and the ways to it. */
export type Connection = {
  url(): Promise<string>;
  send: Send;
  api: Api;
  credential: Credential;
  deployment: Deployment | undefined;
  /** Undefined without a stack or a data folder: then no tokens can be made. */
  tokens: TokenService | undefined;
};

/** The server that the settings specify. It is not called before the first request. */
export const connect = (settings: Settings, system: System): Connection => {
  const { stackPrefix, region, dataDir } = settings;
  const deployment = stackPrefix === undefined ? undefined : deploymentOf(stackPrefix, region);
  const tokens = tokenServiceOf(deployment, dataDir);
  const url = once(async () => {
    if (settings.url !== undefined) return settings.url;
    if (deployment !== undefined) return (await deployment.output("Service", "ApiUrl")).replace(/\/+$/, "");
    if (dataDir !== undefined) return readServerNote(dataDir)?.url ?? LOCAL_URL;
    throw new CliError(
      EXIT.usage,
      "No server specified. Use --url, --stack-prefix, --data-dir or --profile.",
      "  A local server is found automatically in the folder in which `npm start` runs.",
    );
  });
  const credential = credentialOf(settings, tokens, system);
  const isLocal = settings.url === undefined && deployment === undefined;
  const advice = isLocal ? "Is the local server running? To start it: npm start" : undefined;
  const send: Send = async (route, call) => sender(await url(), credential, system, advice)(route, call);
  return { url, send, api: createApi(send), credential, deployment, tokens };
};

/**
 * The credential for each route: the given key if the route accepts one, else the given token. Without either, a short-lived
 * token is made where that is possible. For a GET it covers all that can be read, since a command often reads several things
 * and the audit lists each token; otherwise this route only. A credential that the server will refuse is still sent: the
 * server's answer says why.
 */
const credentialOf = (
  { credentials, dataDir, ignored }: Settings,
  tokens: TokenService | undefined,
  system: System,
): Credential => {
  const key = once(async () => credentials.key ?? (credentials.token === undefined ? keptKey(dataDir) : undefined));
  const minted = new Map<string, Promise<string>>();
  return async (name) => {
    const { auth, method } = routeOf(name);
    if (auth.length === 0) return {};
    const licenseKey = await key();
    if (licenseKey !== undefined && auth.includes("key")) return { "x-license-key": licenseKey };
    if (credentials.token !== undefined) return bearer(credentials.token);
    const scopes = auth.filter((credential) => credential.includes(":"));
    if (tokens !== undefined && scopes.length > 0) {
      const [what, wanted] = method === "GET" ? ["reading", READ_SCOPES] : [name, scopes];
      const token = minted.get(what) ?? ownToken(tokens, wanted, system);
      minted.set(what, token);
      return bearer(await token);
    }
    if (licenseKey !== undefined) return { "x-license-key": licenseKey };
    throw new CliError(
      EXIT.usage,
      "No credential. Use --key-file, --token-file, LICENSE_SERVER_KEY, LICENSE_SERVER_TOKEN or a profile.",
      ...ignored.map((source) => `  Not used for this server: ${source}.`),
    );
  };
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const ownToken = async (tokens: TokenService, scopes: readonly string[], { env }: System): Promise<string> => {
  const made = await tokens.create({ subject: subjectOf(env), scopes, expires_in_secs: OWN_TOKEN_SECONDS });
  return made.token;
};

/** The name of the caller in the audit. */
export const subjectOf = (env: NodeJS.ProcessEnv): string =>
  `${SUBJECT_PREFIX}${env["USER"] || env["USERNAME"] || userInfo().username}`
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 128);

// The key that a local server made for itself.
const keptKey = (dataDir: string | undefined): string | undefined => {
  if (dataDir === undefined || readServerNote(dataDir)?.keyChosen === true) return undefined;
  const path = join(dataDir, "license-key");
  if (!existsSync(path)) return undefined;
  try {
    return readUtf8(path).trim();
  } catch (error) {
    throw new CliError(EXIT.usage, unreadable(path, error));
  }
};

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};
