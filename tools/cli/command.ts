import { type Command, Option } from "commander";
import { type Connection, connect } from "./connect.ts";
import { OUTPUTS, renderer } from "./output.ts";
import { type Progress, progressOn } from "./progress.ts";
import { type GlobalOptions, readFlags, readSettings, type Settings } from "./settings.ts";
import { type Paint, painter } from "./style.ts";
import type { System } from "./system.ts";

/** What the action of a command works with. */
export type Call<Options> = {
  args: readonly string[];
  options: Options;
  system: System;
  settings: Settings;
  connection: Connection;
  progress: Progress;
  paint: Paint;
  /** Writes a result: as the table, or as the wire has it where `--output` says so. */
  print(wire: unknown, table: () => string): void;
  /** Writes a line of result. */
  say(line: string): void;
  /** Writes a line about the result, where it does not mix with it. */
  note(line: string): void;
  /** Writes a line about what may be wrong. */
  warn(line: string): void;
};

export type How = {
  /** What the option for the output's form is called, where `-o` is taken. */
  outputFlag?: string;
  /** False for a command that asks no server: neither environment nor profile need name one then. */
  asksServer?: boolean;
};

export type Define = <Options>(target: Command, action: (call: Call<Options>) => Promise<void>, how?: How) => Command;

/** Gives commands their actions, and the options that all of them take. */
export const definer =
  (system: System): Define =>
  <Options>(
    target: Command,
    action: (call: Call<Options>) => Promise<void>,
    { outputFlag = OUTPUT_FLAG, asksServer = true }: How = {},
  ) => {
    for (const option of globalOptions(outputFlag)) target.addOption(option.hideHelp());
    target.helpOption("-h, --help", "this text");
    target.addHelpText(
      "after",
      "\nThe options of all commands, as --url, --profile and --output: license-server --help",
    );
    return target.action(async (...given: unknown[]) => {
      const note = (line: string) => void system.stderr.write(`${line}\n`);
      const say = (line: string) => void system.stdout.write(`${line}\n`);
      const warn = (line: string) => note(`license-server: warning: ${line}`);
      const flags = optionsOf(target);
      const settings = asksServer ? readSettings(flags, system.env, warn) : readFlags(flags);
      const render = await renderer(settings.output);
      const progress = progressOn(system.stderr);
      const call: Call<Options> = {
        // Commander hands over the arguments, then the options and the command itself.
        args: given.slice(0, -2).filter((argument) => typeof argument === "string"),
        options: target.opts() as Options,
        system,
        settings,
        connection: connect(settings, system),
        progress,
        paint: painter(system.stdout, system.env),
        print: (wire, table) => say(render(wire, table)),
        say,
        note,
        warn,
      };
      try {
        await action(call);
      } finally {
        progress.done();
      }
    });
  };

/** The options that stand anywhere on the command line; the later ones over the earlier. */
export const optionsOf = (target: Command): GlobalOptions => ({
  ...(target.parent === null ? {} : optionsOf(target.parent)),
  ...target.opts<GlobalOptions>(),
});

const OUTPUT_FLAG = "-o, --output";

/** The options that say which server, what opens it, and how results are written. */
export const globalOptions = (outputFlag = OUTPUT_FLAG): Option[] =>
  (
    [
      ["--url <url>", "the server, with its path prefix if there is one"],
      ["--key <key>", "the license key; process lists show it, so rather --key-file"],
      ["--key-file <file>", "file with the license key; - is standard input"],
      ["--token <token>", "an access token; process lists show it, so rather --token-file"],
      ["--token-file <file>", "file with an access token; - is standard input"],
      ["--profile <name>", "a profile made with `configure`"],
      ["--stack-prefix <prefix>", "the deployment whose stacks begin so: finds its URL, makes tokens"],
      ["--region <region>", "its AWS region, if not the environment's"],
      ["--data-dir <dir>", "the data folder of a local server: finds its key, makes tokens"],
      [`${outputFlag} <format>`, `${OUTPUTS.join(", ")}: as a table, or as the API answers`],
    ] as const
  ).map(([flags, description]) => new Option(flags, description));

/** Examples below a command's help. */
export const examples = (target: Command, ...lines: readonly string[]): Command =>
  target.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
