import type { Command, Option } from "commander";
import { BLOCKABLE_FEATURES, OPERATOR_SEMANTICS } from "../../shared/contract/policy-facts.ts";
import { PRIMARY_KEYS } from "../../shared/contract/responses.ts";
import { SCOPES } from "../../shared/contract/scopes.ts";
import { VERDICTS } from "./catalog/judge.ts";
import { OUTPUTS } from "./output.ts";
import { profilePath, readProfiles } from "./profile-file.ts";

/** What can complete a command line: commands, options, an option's values. None: a file, or any text. */
export const candidates = (program: Command, line: string, env: NodeJS.ProcessEnv): string[] => {
  const words = line.trimStart().split(/\s+/);
  const word = words.pop() ?? "";
  const { target, last } = walk(program, words.slice(1));
  const [joined, name = "", start = ""] = /^(--[\w-]+)=(.*)$/.exec(word) ?? [];
  const option = joined === undefined ? last : optionOf(target, name);
  if (option !== undefined && (option.required || option.optional))
    return valuesOf(option, joined === undefined ? word : start, env).map((value) =>
      joined === undefined ? value : `${name}=${value}`,
    );
  return namesIn(target, word.startsWith("-")).filter((each) => each.startsWith(word));
};

/** The command that the words lead to, and the option at their end whose value is not typed yet. */
const walk = (program: Command, words: readonly string[]): { target: Command; last: Option | undefined } => {
  let target = program;
  let last: Option | undefined;
  for (const word of words) {
    const takesValue = last !== undefined && (last.required || last.optional);
    if (takesValue) last = undefined;
    else if (word.startsWith("-")) last = optionOf(target, word);
    else target = target.commands.find((each) => each.name() === word) ?? target;
  }
  return { target, last };
};

const optionOf = (target: Command, word: string): Option | undefined =>
  target.options.find(({ long, short }) => word === long || word === short);

const namesIn = (target: Command, wantsOptions: boolean): string[] =>
  wantsOptions
    ? [...target.options.flatMap(({ long }) => long ?? []), "--help"]
    : [
        ...target.commands
          .filter((each) => target.createHelp().visibleCommands(target).includes(each))
          .map((each) => each.name()),
        ...argumentValues(target),
      ];

const argumentValues = (target: Command): string[] => (target.name() === "completion" ? ["bash", "zsh", "fish"] : []);

const valuesOf = (option: Option, start: string, env: NodeJS.ProcessEnv): string[] => {
  // Of a list in one word, only the part after its last comma is to be completed.
  const list = option.long === "--scopes" ? start.slice(0, start.lastIndexOf(",") + 1) : "";
  return (VALUES[option.long ?? ""]?.(env) ?? [])
    .map((value) => `${list}${value}`)
    .filter((value) => value.startsWith(start));
};

const VALUES: Readonly<Record<string, (env: NodeJS.ProcessEnv) => readonly string[]>> = {
  "--output": () => OUTPUTS,
  "--scopes": () => SCOPES,
  "--primary-key": () => PRIMARY_KEYS,
  "--format": () => ["xlsx", "json", "csv"],
  "--feature": () => BLOCKABLE_FEATURES,
  "--semantics": () => OPERATOR_SEMANTICS,
  "--expect": () => VERDICTS,
  "--profile": (env) => profileNames(env),
};

const profileNames = (env: NodeJS.ProcessEnv): string[] => {
  try {
    return Object.keys(readProfiles(profilePath(env), () => undefined).profiles);
  } catch {
    // The command itself reports a damaged file, not its completion.
    return [];
  }
};
