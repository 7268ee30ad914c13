import { accessSync, constants, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { isInPod } from "./kube/authority.ts";
import type { LogLevel } from "./log.ts";

export type Settings = {
  /** The license server's URL, without a slash at its end. */
  serverUrl: string;
  credential: CredentialSource;
  /** Undefined: the cluster has no name of its own. */
  clusterName: string | undefined;
  /** Undefined: the UID of the namespace `default`. */
  clusterId: string | undefined;
  operatorNamespace: string;
  operatorDeployment: string;
  address: string;
  port: number;
  /** Where events wait over a restart. */
  dataDir: string;
  logLevel: LogLevel;
  /** Undefined: the license is not written to the cluster. */
  licenseSecretName: string | undefined;
  enforceSeats: boolean;
  killPreviews: boolean;
  /** Whether the cluster gets the policies and profiles of the catalog. */
  applyCatalog: boolean;
  restartOperator: boolean;
  /** For calls to the license server only. */
  proxy: { url: string; except: string } | undefined;
  /** Names this process in the Lease. */
  holder: string;
  inPod: boolean;
};

/** Where the credential for the license server comes from. At least one of them is present. */
export type CredentialSource = {
  tokenFile?: string;
  licenseKey?: string;
  licenseKeyFile?: string;
};

export type SettingsReading = { kind: "ready"; settings: Settings } | { kind: "faulty"; faults: string[] };

/** Every variable that the agent reads, with its meaning. */
export const VARIABLES = {
  LICENSE_SERVER_URL: "URL of the license server",
  AGENT_TOKEN_FILE: "file with the agent's access token",
  LICENSE_KEY: "license key, instead of a token",
  LICENSE_KEY_FILE: "file with the license key, instead of a token",
  KUBECONFIG: "kubeconfig files; in a pod, unset means its service account",
  CLUSTER_NAME: "name of the cluster in lists and reports",
  CLUSTER_ID: "id of the cluster; unset is the UID of the namespace default",
  OPERATOR_NAMESPACE: "namespace of the operator (mirrord)",
  ADDRESS: "where probes and metrics are served (0.0.0.0)",
  PORT: "its port (8081)",
  DATA_DIR: "folder in which events wait over a restart (.data/agent)",
  LOG_LEVEL: "debug, info, warn or error (info)",
  HTTPS_PROXY: "proxy for calls to the license server",
  NO_PROXY: "hosts that need no proxy",
  NODE_EXTRA_CA_CERTS: "file with certificate authorities to trust in addition",
  LICENSE_SECRET_NAME: "Secret whose license.pem the agent keeps",
  ENFORCE_SEATS: "true: stop new sessions of users without a seat",
  KILL_PREVIEWS: "true: a kill of a preview deletes its PreviewSession",
  APPLY_CATALOG: "true: keep the policies and profiles of the license server's catalog in the cluster",
  RESTART_OPERATOR: "true: restart the operator after a new license",
  OPERATOR_DEPLOYMENT: "name of the operator's Deployment (mirrord-operator)",
  POD_NAME: "names this process in the Lease; unset is the host's name",
  HOSTNAME: "the host's name",
} as const;

type Variable = keyof typeof VARIABLES;

const ID = /^[A-Za-z0-9._:@/+=-]{1,100}$/;
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads the agent's settings. An empty variable counts as unset. Every fault is returned, one clear line each. `write` is the
 * argument `--write`: outside a pod, what changes the cluster also needs it.
 */
export const readSettings = (env: NodeJS.ProcessEnv, { write }: { write: boolean }): SettingsReading => {
  const faults: string[] = [];
  const text = (name: Variable): string | undefined => env[name]?.trim() || undefined;
  const matching = (name: Variable, pattern: RegExp, form: string): string | undefined => {
    const value = text(name);
    if (value === undefined || pattern.test(value)) return value;
    faults.push(`${name} must be ${form}, not ${JSON.stringify(value)}.`);
    return undefined;
  };
  const flag = (name: Variable): boolean => {
    const value = matching(name, /^(true|false)$/, "true or false");
    return value === "true";
  };
  const inPod = isInPod(env);
  const settings: Settings = {
    serverUrl: readUrl(text("LICENSE_SERVER_URL"), faults),
    credential: readCredential(text, faults),
    // As the contract bounds it: no control characters.
    clusterName: matching("CLUSTER_NAME", /^[^\p{Cc}\u2028\u2029]{1,128}$/u, "at most 128 printable characters"),
    clusterId: matching("CLUSTER_ID", ID, "1 to 100 characters of A-Z a-z 0-9 . _ : @ / + = -"),
    operatorNamespace: matching("OPERATOR_NAMESPACE", NAMESPACE, "the name of a namespace") ?? "mirrord",
    operatorDeployment: matching("OPERATOR_DEPLOYMENT", OBJECT_NAME, "the name of a Deployment") ?? "mirrord-operator",
    address: text("ADDRESS") ?? "0.0.0.0",
    port: Number(matching("PORT", /^\d{1,5}$/, "a port from 0 to 65535") ?? "8081"),
    dataDir: resolve(text("DATA_DIR") ?? ".data/agent"),
    logLevel: (matching("LOG_LEVEL", /^(debug|info|warn|error)$/, "debug, info, warn or error") ?? "info") as LogLevel,
    licenseSecretName: matching("LICENSE_SECRET_NAME", OBJECT_NAME, "the name of a Secret"),
    enforceSeats: flag("ENFORCE_SEATS"),
    killPreviews: flag("KILL_PREVIEWS"),
    applyCatalog: flag("APPLY_CATALOG"),
    restartOperator: flag("RESTART_OPERATOR"),
    proxy: readProxy(env, faults),
    holder: text("POD_NAME") ?? text("HOSTNAME") ?? "agent",
    inPod,
  };
  if (isIP(settings.address) === 0 && settings.address !== "localhost")
    faults.push(`ADDRESS must be an IP address, not ${JSON.stringify(settings.address)}.`);
  if (settings.port > 65_535) faults.push(`PORT must be a port from 0 to 65535, not "${settings.port}".`);
  if (settings.restartOperator && settings.licenseSecretName === undefined)
    faults.push("RESTART_OPERATOR needs LICENSE_SECRET_NAME: without it the agent writes no license to restart for.");
  if (settings.applyCatalog && settings.credential.tokenFile === undefined)
    faults.push("APPLY_CATALOG needs AGENT_TOKEN_FILE: the license key does not open the catalog.");
  const authorities = text("NODE_EXTRA_CA_CERTS");
  if (authorities !== undefined) requireReadable("NODE_EXTRA_CA_CERTS", authorities, faults);
  if (!inPod && !write) faults.push(...writesOf(settings).map(needsWrite));
  return faults.length === 0 ? { kind: "ready", settings } : { kind: "faulty", faults };
};

const writesOf = (settings: Settings): Variable[] => [
  ...(settings.licenseSecretName === undefined ? [] : ["LICENSE_SECRET_NAME" as const]),
  ...(settings.enforceSeats ? ["ENFORCE_SEATS" as const] : []),
  ...(settings.killPreviews ? ["KILL_PREVIEWS" as const] : []),
  ...(settings.applyCatalog ? ["APPLY_CATALOG" as const] : []),
  ...(settings.restartOperator ? ["RESTART_OPERATOR" as const] : []),
];

const needsWrite = (name: Variable): string =>
  `${name} changes the cluster. Outside a pod it also needs the argument --write.`;

const readUrl = (value: string | undefined, faults: string[]): string => {
  if (value === undefined) {
    faults.push("LICENSE_SERVER_URL is not set. Set it to the URL of the license server.");
    return "";
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    faults.push(`LICENSE_SERVER_URL must be a URL like https://license.example.com, not ${JSON.stringify(value)}.`);
  // The value could hold a password, so it is not shown.
  else if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    faults.push("LICENSE_SERVER_URL must have no user, password, query or fragment.");
  return value.replace(/\/+$/, "");
};

const readCredential = (text: (name: Variable) => string | undefined, faults: string[]): CredentialSource => {
  const tokenFile = text("AGENT_TOKEN_FILE");
  const licenseKey = text("LICENSE_KEY");
  const licenseKeyFile = text("LICENSE_KEY_FILE");
  if (tokenFile === undefined && licenseKey === undefined && licenseKeyFile === undefined)
    faults.push("No credential is set. Set AGENT_TOKEN_FILE, LICENSE_KEY_FILE or LICENSE_KEY.");
  if (licenseKey !== undefined && licenseKeyFile !== undefined)
    faults.push("LICENSE_KEY and LICENSE_KEY_FILE must not be set together. Keep one.");
  // A header can carry nothing else. The key itself is not shown.
  if (licenseKey !== undefined && !/^[\x21-\x7e]+$/.test(licenseKey))
    faults.push("LICENSE_KEY must contain printable ASCII characters only, without spaces.");
  for (const [name, path] of [
    ["AGENT_TOKEN_FILE", tokenFile],
    ["LICENSE_KEY_FILE", licenseKeyFile],
  ] as const)
    if (path !== undefined && requireReadable(name, path, faults)) requireSecret(name, path, faults);
  return {
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(licenseKey === undefined ? {} : { licenseKey }),
    ...(licenseKeyFile === undefined ? {} : { licenseKeyFile }),
  };
};

const requireReadable = (name: Variable, path: string, faults: string[]): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    faults.push(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Name a file that exists.`);
    return false;
  }
};

const requireSecret = (name: Variable, path: string, faults: string[]): void => {
  try {
    if (/^[\x21-\x7e]+$/.test(readFileSync(path, "utf8").trim())) return;
    faults.push(`${name}: ${path} must contain one line of printable ASCII characters.`);
  } catch (error) {
    faults.push(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Name a file.`);
  }
};

// Both spellings are in use, and the lower-case one counts where both are set.
const readProxy = (env: NodeJS.ProcessEnv, faults: string[]): Settings["proxy"] => {
  const url = env["https_proxy"] || env["HTTPS_PROXY"];
  if (url === undefined || url === "") return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    faults.push("HTTPS_PROXY must be a URL like http://proxy.example.com:3128.");
    return undefined;
  }
  return { url, except: env["no_proxy"] || env["NO_PROXY"] || "" };
};
