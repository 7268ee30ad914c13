import { existsSync } from "node:fs";
import { join } from "node:path";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { DEFAULT_DATA_DIR, readServerNote } from "../local/server-note.ts";
import { CliError, EXIT } from "./exit.ts";
import { OUTPUTS, type OutputFormat } from "./output.ts";
import { type Profile, profilePath, readProfiles } from "./profile-file.ts";
import { asTyped, safe } from "./text.ts";

/** The options of every command. */
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

/** The credentials of one source: both where both are known. */
export type Credentials = { key: string | undefined; token: string | undefined };

export type Settings = {
  /** Without a slash at its end; undefined where the stack or the data folder has it. */
  url: string | undefined;
  credentials: Credentials;
  stackPrefix: string | undefined;
  region: string | undefined;
  /** The data folder of a local server. */
  dataDir: string | undefined;
  output: OutputFormat;
  /** Credentials that are left out because they are for another server, in words. */
  ignored: readonly string[];
};

/**
 * The settings of a command: flags over environment over profile; but a profile that a flag names comes before the
 * environment. The highest of these sources that names a server wins. Credentials of a source that names another server are
 * ignored.
 * @throws CliError with every fault
 */
export const readSettings = (flags: GlobalOptions, env: NodeJS.ProcessEnv, warn: (line: string) => void): Settings => {
  const faults: string[] = [];
  const [flagged, environment] = [fromFlags(flags, faults), fromEnv(env, faults)];
  const { name, profile } = chosenProfile(flags, env, warn, faults);
  const weaker = flags.profile === undefined ? [environment, profile] : [profile, environment];
  const sources = [flagged, ...weaker];
  const isLent = (source: Profile) => source === environment && !isNamed(environment);
  const settings = {
    ...settled(sources, isLent, flags.output, faults),
    ignored: [
      ...ignoredVariables(environment, usedOf(sources, isLent)),
      ...(hasCredential(profile) && !usedOf(sources, isLent).includes(profile)
        ? [`the credentials of the profile ${safe(name)}`]
        : []),
    ],
  };
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  if (settings.url ?? settings.stackPrefix ?? settings.dataDir) return settings;
  // Without a server, use the local one of this folder, if it was ever started.
  const isThere = existsSync(join(DEFAULT_DATA_DIR, "license-key")) || readServerNote(DEFAULT_DATA_DIR) !== undefined;
  return isThere ? { ...settings, dataDir: DEFAULT_DATA_DIR } : settings;
};

/** The settings of the flags only, for a command that calls no server, or that saves one. */
export const readFlags = (flags: GlobalOptions): Settings => {
  const faults: string[] = [];
  const settings = settled([fromFlags(flags, faults)], () => false, flags.output, faults);
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return { ...settings, ignored: [] };
};

const TARGETS = ["url", "stackPrefix", "dataDir"] as const;

const isNamed = (source: Profile): boolean => TARGETS.some((field) => source[field] !== undefined);

/** Whether two sources name the same server, as far as the second names one. */
const agree = (source: Profile, other: Profile): boolean =>
  TARGETS.every((field) => source[field] === undefined || spelled(source, field) === spelled(other, field));

// A slash at the end of a URL does not matter. A text that is not a URL is reported only if it is used.
const spelled = (source: Profile, field: (typeof TARGETS)[number]): string | undefined =>
  field === "url" ? (cleanUrl(source.url, []) ?? source.url) : source[field];

/** The settings of sources, the highest first. `isLent`: the credentials of this source are for any server. */
const settled = (
  sources: readonly Profile[],
  isLent: (source: Profile) => boolean,
  output: string | undefined,
  faults: string[],
): Omit<Settings, "ignored"> => {
  const place = sources.find(isNamed) ?? {};
  const fitting = sources.filter((source) => agree(place, source));
  const first = (field: keyof Profile) => fitting.find((source) => source[field] !== undefined)?.[field];
  return {
    url: cleanUrl(first("url"), faults),
    credentials: strongest(usedOf(sources, isLent)),
    stackPrefix: first("stackPrefix"),
    region: sources[0]?.region ?? first("region"),
    dataDir: first("dataDir"),
    output: outputOf(output, faults),
  };
};

/** The sources whose credentials are used: the flags, those that name the same server, and those for any server. */
const usedOf = (sources: readonly Profile[], isLent: (source: Profile) => boolean): Profile[] => {
  const place = sources.find(isNamed) ?? {};
  return sources.filter((source) => source === sources[0] || agree(place, source) || isLent(source));
};

const hasCredential = ({ key, token }: Profile): boolean => key !== undefined || token !== undefined;

const ignoredVariables = (environment: Profile, used: readonly Profile[]): string[] => {
  if (used.includes(environment)) return [];
  const named = (
    [
      ["url", "URL"],
      ["stackPrefix", "STACK_PREFIX"],
      ["dataDir", "DATA_DIR"],
    ] as const
  ).find(([field]) => environment[field] !== undefined);
  return (["key", "token"] as const)
    .filter((field) => environment[field] !== undefined)
    .map((field) => `LICENSE_SERVER_${field.toUpperCase()} (it is for LICENSE_SERVER_${named?.[1]})`);
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
  // Shells unset a variable for one command by setting it to an empty text.
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
): { name: string; profile: Profile } => {
  const { current, profiles } = readProfiles(profilePath(env), warn);
  const named = flags.profile ?? (env["LICENSE_SERVER_PROFILE"] || undefined);
  const name = named === undefined ? current : asTyped(named);
  if (name === undefined) return { name: "", profile: {} };
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) faults.push(`No saved server is called ${safe(name)}. See \`license-server server ls\`.`);
  return { name, profile: profile ?? {} };
};

// From one source only, so that a key of this call comes before a saved token.
const strongest = (sources: readonly Profile[]): Credentials => {
  const source = sources.find(({ key, token }) => key !== undefined || token !== undefined);
  return { key: source?.key, token: source?.token };
};

// The HTTP client would refuse such a header, and quote it.
const secret = (source: string, text: string | undefined, what: string, faults: string[]): string | undefined => {
  if (text === undefined || /^[\x20-\x7e]*$/.test(text)) return text;
  faults.push(`${source}: contains characters that no ${what} has, such as a line break.`);
  return undefined;
};

/** The text of a file with a key or token, without spaces around it; `-` is standard input. */
const secretIn = (option: string, path: string | undefined, what: string, faults: string[]): string | undefined => {
  if (path === undefined) return undefined;
  try {
    const text = readUtf8(path === "-" ? 0 : path).trim();
    if (text !== "") return secret(option, text, what, faults);
    faults.push(`${option}: ${path} is empty.`);
  } catch (error) {
    faults.push(`${option}: ${unreadable(path, error)}`);
  }
  return undefined;
};

/** A URL without a slash at its end; a text that cannot be a server's URL is a fault. */
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
    faults.push("The URL must look like https://licenses.example.com or https://example.com/prefix.");
    return undefined;
  }
  return url.href.replace(/\/+$/, "");
};

const outputOf = (text: string | undefined, faults: string[]): OutputFormat => {
  const format = OUTPUTS.find((name) => name === (text ?? "table"));
  if (format === undefined) faults.push(`--output must be one of ${OUTPUTS.join(", ")}.`);
  return format ?? "table";
};
