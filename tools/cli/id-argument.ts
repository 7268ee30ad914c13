import type { Command } from "commander";
import { CliError, EXIT } from "./exit.ts";

export type IdOptions = { id?: string };

// Shorter ones may be options that were mistyped or run together, as -yo.
const LONG_ID_AFTER_DASH = /^-[A-Za-z0-9._:@/+=][A-Za-z0-9._:@/+=-]{18,}$/;

/**
 * Adds an id to a command: `<command> ID`, `<command> -- ID` or `<command> --id=ID`. An id that begins with a dash and is
 * as long as a random one needs no `--` before it.
 */
export const withId = (target: Command, description: string): Command => {
  target.argument("[id]", description).option("--id <id>", "the same as an option");
  const parse = target.parseOptions.bind(target);
  target.parseOptions = (args) => parse(idsLast(args));
  return target;
};

/** What an id is of, and the command that lists such ids. */
export type IdKind = { noun: string; list: string };

/** The id that the command line gives. @throws CliError where there is none, or one that no path can contain */
export const idOf = (
  { args: [argument], options: { id } }: { args: readonly string[]; options: IdOptions },
  { noun, list }: IdKind,
): string => {
  if (argument !== undefined && id !== undefined && argument !== id)
    throw new CliError(EXIT.usage, "Two different ids. Use either the argument or --id.");
  const given = argument ?? id;
  if (given === undefined)
    throw new CliError(EXIT.usage, `The ${noun}'s id is missing. To list them: license-server ${list}`);
  // HTTP clients remove these from a path, which would then address the whole collection.
  if (["", ".", ".."].includes(given)) throw new CliError(EXIT.usage, `${JSON.stringify(given)} is not an id.`);
  return given;
};

/** Moves ids that look like options behind a `--`, where they are not taken for options. */
const idsLast = (args: readonly string[]): string[] => {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const [before, after] = [args.slice(0, end), args.slice(end + 1)];
  const isId = (word: string, place: number) => LONG_ID_AFTER_DASH.test(word) && before[place - 1] !== "--id";
  const ids = before.filter(isId);
  if (ids.length + after.length === 0) return [...args];
  return [...before.filter((word, place) => !isId(word, place)), "--", ...ids, ...after];
};
