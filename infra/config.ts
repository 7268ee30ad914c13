import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readUtf8 } from "../shared/contract/utf8.ts";
import { ConfigSchema } from "./config-schema.ts";

export type DeployConfig = v.InferOutput<typeof ConfigSchema>;

/** A fault of the configuration: its path (`customDomain.name`, empty for the whole) and what is wrong there. */
export type ConfigProblem = { path: string; message: string };

export type ConfigResult = { ok: true; config: DeployConfig } | { ok: false; problems: ConfigProblem[] };

const DEFAULT_FILE = join(import.meta.dirname, "..", "license-server.config.json");

/**
 * Reads the configuration from a JSON file. Without a path, it reads `license-server.config.json` in the project's root, and
 * uses all defaults if that does not exist. A path that was given must exist.
 */
export const loadConfig = (path: string | undefined): ConfigResult => {
  if (path === undefined && !existsSync(DEFAULT_FILE)) return parseConfig({});
  const file = path ?? DEFAULT_FILE;
  if (!existsSync(file))
    return {
      ok: false,
      problems: [{ path: "", message: `${file} does not exist. Create it, or name another file.` }],
    };
  const json = readJson(file);
  return json.ok
    ? parseConfig(json.value)
    : { ok: false, problems: [{ path: "", message: `${file} is not valid ${json.fault}` }] };
};

/** Checks a configuration and fills in the defaults. Reports every problem it finds, not just the first. */
export const parseConfig = (input: unknown): ConfigResult => {
  const result = v.safeParse(ConfigSchema, input);
  if (result.success) return { ok: true, config: result.output };
  return { ok: false, problems: result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? "", ...fault(issue) })) };
};

/** The problems as lines of text, for the person who deploys. */
export const describeProblems = (problems: readonly ConfigProblem[]): string =>
  [
    "The deploy configuration has problems:",
    ...problems.map(({ path, message }) => `  ${path || "(all)"}: ${message}`),
  ].join("\n");

// valibot reports an absent key with the message of the object around it, which expected a key in quotes.
const fault = (issue: v.BaseIssue<unknown>): { message: string } => ({
  message: issue.type === "loose_object" && issue.expected?.startsWith('"') === true ? "is missing" : issue.message,
});

// The message of a JSON syntax error quotes the file, which may contain a secret. So it is not shown.
const readJson = (file: string): { ok: true; value: unknown } | { ok: false; fault: string } => {
  const reading = readUtf8(readFileSync(file));
  if (!reading.ok) return { ok: false, fault: `UTF-8 at ${reading.place}` };
  try {
    return { ok: true, value: JSON.parse(reading.text) };
  } catch {
    return { ok: false, fault: "JSON" };
  }
};
