import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DATA_DIR, readServerNote } from "../local/server-note.ts";
import { CliError, EXIT } from "./exit.ts";
import { OUTPUTS, type OutputFormat } from "./output.ts";
import { type Profile, profilePath, readProfiles } from "./profile-file.ts";

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
 * What the commands go by: flags over environment over profile. A profile's credentials belong to its server: where flags or
 * environment name another one, they are left out.
 * @throws CliError with every fault
 */
export const readSettings = (flags: GlobalOptions, env: NodeJS.ProcessEnv, warn: (line: string) => void): Settings => {
  const faults: string[] = [];
  const given = [fromFlags(flags, faults), fromEnv(env)];
  const profile = chosenProfile(flags, env, warn, faults);
  const target = (field: "url" | "stackPrefix" | "dataDir") =>
    given.find((source) => source[field] !== undefined)?.[field];
  const [url, stackPrefix, dataDir] = [target("url"), target("stackPrefix"), target("dataDir")];
  const isElsewhere = (named: string | undefined, own: string | undefined) => named !== undefined && named !== own;
  const own =
    isElsewhere(url, profile.url) ||
    isElsewhere(stackPrefix, profile.stackPrefix) ||
    isElsewhere(dataDir, profile.dataDir)
      ? {}
      : profile;
  const sources: Profile[] = [...given, own];
  const settings: Settings = {
    url: cleanUrl(url ?? own.url, faults),
    credentials: strongest(sources),
    stackPrefix: stackPrefix ?? own.stackPrefix,
    region: sources.find(({ region }) => region !== undefined)?.region,
    dataDir: dataDir ?? own.dataDir,
    output: outputOf(flags.output, faults),
  };
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  if (settings.url ?? settings.stackPrefix ?? settings.dataDir) return settings;
  // In a checkout whose server runs or was started once, that one is meant where none is named.
  const isThere = existsSync(join(DEFAULT_DATA_DIR, "license-key")) || readServerNote(DEFAULT_DATA_DIR) !== undefined;
  return isThere ? { ...settings, dataDir: DEFAULT_DATA_DIR } : settings;
};

const fromFlags = (flags: GlobalOptions, faults: string[]): Profile => ({
  url: flags.url,
  key: flags.key ?? secretIn("--key-file", flags.keyFile, faults),
  token: flags.token ?? secretIn("--token-file", flags.tokenFile, faults),
  stackPrefix: flags.stackPrefix,
  region: flags.region,
  dataDir: flags.dataDir,
});

const fromEnv = (env: NodeJS.ProcessEnv): Profile => {
  // Set but empty is how shells unset a variable for one command.
  const text = (name: string) => env[name] || undefined;
  return {
    url: text("LICENSE_SERVER_URL"),
    key: text("LICENSE_SERVER_KEY"),
    token: text("LICENSE_SERVER_TOKEN"),
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
  const name = named ?? current;
  if (name === undefined) return {};
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined)
    faults.push(`there is no profile ${JSON.stringify(name)}: \`license-server profile ls\` lists them`);
  return profile ?? {};
};

// Of one source, so that a key given for this call is not passed over for a token that was kept.
const strongest = (sources: readonly Profile[]): Credentials => {
  const source = sources.find(({ key, token }) => key !== undefined || token !== undefined);
  return { key: source?.key, token: source?.token };
};

/** The text of a file that holds a key or token, without the blanks around it; `-` is standard input. */
const secretIn = (option: string, path: string | undefined, faults: string[]): string | undefined => {
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(path === "-" ? 0 : path, "utf8").trim();
    if (text !== "") return text;
    faults.push(`${option}: ${path} is empty`);
  } catch (error) {
    faults.push(`${option}: ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  return undefined;
};

const cleanUrl = (text: string | undefined, faults: string[]): string | undefined => {
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
