import { chmodSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { check } from "../../shared/contract/check.ts";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { writeSecretFile } from "../local/secrets.ts";
import { CliError, EXIT } from "./exit.ts";

const Text = v.optional(v.pipe(v.string("must be a string"), v.minLength(1, "must not be empty")));

export const PROFILE_FIELDS = ["url", "key", "token", "stackPrefix", "region", "dataDir"] as const;

// A mistyped field would silently be a missing key or server.
const only = <const TEntries extends v.ObjectEntries>(entries: TEntries) =>
  v.objectWithRest(entries, v.never("is not a field here"), "must be an object");

const ProfileSchema = only({ url: Text, key: Text, token: Text, stackPrefix: Text, region: Text, dataDir: Text });
const ProfileFileSchema = only({
  current: v.optional(v.string("must be a string")),
  profiles: v.optional(v.record(v.string(), ProfileSchema, "must be an object"), {}),
});

/** A server and its credentials. */
export type Profile = { [field in (typeof PROFILE_FIELDS)[number]]?: string | undefined };
export type ProfileFile = { current?: string | undefined; profiles: Record<string, Profile> };

// As keys of an object these are special, and the reader of the file drops them.
const NO_NAMES = ["", "__proto__", "constructor", "prototype"];

export const isProfileName = (name: string): boolean => !NO_NAMES.includes(name);

/** The path of the profiles (XDG Base Directory Specification: a relative path is ignored). */
export const profilePath = (env: NodeJS.ProcessEnv): string => {
  const xdg = env["XDG_CONFIG_HOME"] ?? "";
  const home = env["HOME"] ?? homedir();
  return join(xdg.startsWith("/") ? xdg : join(home, ".config"), "license-server", "config.json");
};

/**
 * Reads the profiles; none where there is no file. Calls `warn` if others than its owner can read the file.
 * @throws CliError where the file is damaged; nothing of it is quoted
 */
export const readProfiles = (path: string, warn: (line: string) => void): ProfileFile => {
  const text = textOf(path);
  if (text === undefined) return { profiles: {} };
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    warn(`${path} may contain a key, and others can read it. Run: chmod 600 ${path}`);
  const checked = check<ProfileFile>(ProfileFileSchema, parsed(path, text));
  if (checked.ok) return checked.value;
  throw new CliError(
    EXIT.usage,
    `${path} is damaged.`,
    ...checked.faults.map((fault) => `  ${fault.path || "the file"}: ${fault.message}`),
  );
};

/** Writes the profiles, whole or not at all, readable by their owner only. */
export const writeProfiles = (path: string, profiles: ProfileFile): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeSecretFile(path, `${JSON.stringify(profiles, null, 2)}\n`);
  chmodSync(path, 0o600);
};

const textOf = (path: string): string | undefined => {
  try {
    return readUtf8(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CliError(EXIT.usage, unreadable(path, error));
  }
};

const parsed = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(EXIT.usage, `${path} is damaged.`, "  the file: is not JSON");
  }
};
