import { existsSync } from "node:fs";
import { join } from "node:path";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { DEFAULT_DATA_DIR, readServerNote } from "../local/server-note.ts";
import { CliError, EXIT } from "./exit.ts";
import { OUTPUTS, type OutputFormat } from "./output.ts";
import { type Profile, profilePath, readProfiles } from "./profile-file.ts";
import { asTyped, safe } from "./text.ts";

/** The options that every command takes, as they stand on the command line. */
export type GlobalOptions = {
  url?: string;
  key?: string;
  keyFile?: string;
  token?: string;
  tokenFile?: string;
  profile?: string;
  stackPrefix?: string;
  region?: string;
  dataDir?: string;
  output?: string;
};

/** What opens the server, of one source: both where both are known. */
export type Credentials = { key: string | undefined; token: string | undefined };

export type Settings = {
  /** Without a slash at its end; undefined: the stack or the data folder tells. */
  url: string | undefined;
  credentials: Credentials;
  stackPrefix: string | undefined;
  region: string | undefined;
  /** The data folder of a local server. */
  dataDir: string | undefined;
  output: OutputFormat;
};

/**
 * What the commands go by: flags over environment over profile, but a profile that a flag names over the environment. Which
 * server is meant is told by the strongest of them that names one, and what belongs to another server is left out: the
 * credentials of a profile, and those of an environment that names a server of its own.
 * @throws CliError with every fault
 */
export const readSettings = (flags: GlobalOptions, env: NodeJS.ProcessEnv, warn: (line: string) => void): Settings => {
  const faults: string[] = [];
  const [flagged, environment] = [fromFlags(flags, faults), fromEnv(env, faults)];
  const profile = chosenProfile(flags, env, warn, faults);
  const weaker = flags.profile === undefined ? [environment, profile] : [profile, environment];
  const sources = [flagged, ...weaker];
  const isLent = (source: Profile) => source === environment && !isNamed(environment);
  const settings = settled(sources, isLent, flags.output, faults);
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  if (settings.url ?? settings.stackPrefix ?? settings.dataDir) return settings;
  // In a checkout whose server runs or was started once, that one is meant where none is named.
  const isThere = existsSync(join(DEFAULT_DATA_DIR, "license-key")) || readServerNote(DEFAULT_DATA_DIR) !== undefined;
  return isThere ? { ...settings, dataDir: DEFAULT_DATA_DIR } : settings;
};

/** What the flags alone say, for a command that is about no server, or about one to be made known. */
export const readFlags = (flags: GlobalOptions): Settings => {
  const faults: string[] = [];
  const settings = settled([fromFlags(flags, faults)], () => false, flags.output, faults);
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return settings;
};

const TARGETS = ["url", "stackPrefix", "dataDir"] as const;

const isNamed = (source: Profile): boolean => TARGETS.some((field) => source[field] !== undefined);

/** Whether all that one source names is what another names, too. */
const agree = (source: Profile, other: Profile): boolean =>
  TARGETS.every((field) => source[field] === undefined || spelled(source, field) === spelled(other, field));

// A URL is the same with a slash at its end. What can be none is a fault wherever it comes to count.
const spelled = (source: Profile, field: (typeof TARGETS)[number]): string | undefined =>
  field === "url" ? (cleanUrl(source.url, []) ?? source.url) : source[field];

/** The settings of sources, the strongest first; `isLent` says whose credentials open whatever another names. */
const settled = (
  sources: readonly Profile[],
  isLent: (source: Profile) => boolean,
  output: string | undefined,
  faults: string[],
): Settings => {
  const place = sources.find(isNamed) ?? {};
  const fitting = sources.filter((source) => agree(place, source));
  const openedBy = sources.filter((source) => source === sources[0] || fitting.includes(source) || isLent(source));
  const first = (field: keyof Profile) => fitting.find((source) => source[field] !== undefined)?.[field];
  return {
    url: cleanUrl(first("url"), faults),
    credentials: strongest(openedBy),
    stackPrefix: first("stackPrefix"),
    region: sources[0]?.region ?? first("region"),
    dataDir: first("dataDir"),
    output: outputOf(output, faults),
  };
};

const fromFlags = (flags: GlobalOptions, faults: string[]): Profile => ({
  url: flags.url,
  key:
    secret("--key", flags.key, "license key", faults) ?? secretIn("--key-file", flags.keyFile, "license key", faults),
  token:
    secret("--token", flags.token, "access token", faults) ??
    secretIn("--token-file", flags.tokenFile, "access token", faults),
  stackPrefix: flags.stackPrefix,
  region: flags.region,
  dataDir: flags.dataDir,
});

const fromEnv = (env: NodeJS.ProcessEnv, faults: string[]): Profile => {
  // Set but empty is how shells unset a variable for one command.
  const text = (name: string) => env[name] || undefined;
  return {
    url: text("LICENSE_SERVER_URL"),
    key: secret("LICENSE_SERVER_KEY", text("LICENSE_SERVER_KEY"), "license key", faults),
    token: secret("LICENSE_SERVER_TOKEN", text("LICENSE_SERVER_TOKEN"), "access token", faults),
    stackPrefix: text("LICENSE_SERVER_STACK_PREFIX"),
    region: undefined,
    dataDir: text("LICENSE_SERVER_DATA_DIR"),
  };
};

const chosenProfile = (
  flags: GlobalOptions,
  env: NodeJS.ProcessEnv,
  warn: (line: string) => void,
  faults: string[],
): Profile => {
  const { current, profiles } = readProfiles(profilePath(env), warn);
  const named = flags.profile ?? (env["LICENSE_SERVER_PROFILE"] || undefined);
  const name = named === undefined ? current : asTyped(named);
  if (name === undefined) return {};
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) faults.push(`No profile is called ${safe(name)}. See \`license-server profile ls\`.`);
  return profile ?? {};
};

// Of one source, so that a key given for this call is not passed over for a token that was kept.
const strongest = (sources: readonly Profile[]): Credentials => {
  const source = sources.find(({ key, token }) => key !== undefined || token !== undefined);
  return { key: source?.key, token: source?.token };
};

// What no header can carry would be refused on the way, in words that quote it.
const secret = (source: string, text: string | undefined, what: string, faults: string[]): string | undefined => {
  if (text === undefined || /^[\x20-\x7e]*$/.test(text)) return text;
  faults.push(`${source}: it has characters that no ${what} has, as a line's end`);
  return undefined;
};

/** The text of a file that holds a key or token, without the blanks around it; `-` is standard input. */
const secretIn = (option: string, path: string | undefined, what: string, faults: string[]): string | undefined => {
  if (path === undefined) return undefined;
  try {
    const text = readUtf8(path === "-" ? 0 : path).trim();
    if (text !== "") return secret(option, text, what, faults);
    faults.push(`${option}: ${path} is empty`);
  } catch (error) {
    faults.push(`${option}: ${unreadable(path, error)}`);
  }
  return undefined;
};

/** A URL as the settings hold it; where it can be none of a server, that is a fault. */
export const cleanUrl = (text: string | undefined, faults: string[]): string | undefined => {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    faults.push("the URL must be one like https://licenses.example.com or https://example.com/prefix");
    return undefined;
  }
  return url.href.replace(/\/+$/, "");
};

const outputOf = (text: string | undefined, faults: string[]): OutputFormat => {
  const format = OUTPUTS.find((name) => name === (text ?? "table"));
  if (format === undefined) faults.push(`--output must be one of ${OUTPUTS.join(", ")}`);
  return format ?? "table";
};
