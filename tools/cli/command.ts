import { type Command, Option } from "commander";
import { type Connection, connect } from "./connect.ts";
import { OUTPUTS, renderer } from "./output.ts";
import { type Progress, progressOn } from "./progress.ts";
import { type GlobalOptions, readFlags, readSettings, type Settings } from "./settings.ts";
import { type Paint, painter } from "./style.ts";
import type { System } from "./system.ts";

/** What a command's action gets. */
export type Call<Options> = {
  args: readonly string[];
  options: Options;
  system: System;
  settings: Settings;
  connection: Connection;
  progress: Progress;
  paint: Paint;
  /** Writes a result: as a table, or as the API has it if `--output` asks for that. */
  print(wire: unknown, table: () => string): void;
  /** Writes a line of the result. */
  say(line: string): void;
  /** Writes a line about the result to standard error. */
  note(line: string): void;
  /** Writes a warning to standard error. */
  warn(line: string): void;
};

export type How = {
  /** The flags of the output option, for commands that use `-o` for something else. */
  outputFlag?: string;
  /** False for a command that calls no server: environment and profile are not read. */
  asksServer?: boolean;
};

export type Define = <Options>(target: Command, action: (call: Call<Options>) => Promise<void>, how?: How) => Command;

/** Gives commands their actions and the options that all of them share. */
export const definer =
  (system: System): Define =>
  <Options>(
    target: Command,
    action: (call: Call<Options>) => Promise<void>,
    { outputFlag = OUTPUT_FLAG, asksServer = true }: How = {},
  ) => {
    for (const option of globalOptions(outputFlag)) target.addOption(option.hideHelp());
    target.helpOption("-h, --help", "show help");
    target.addHelpText(
      "after",
      "\nOptions of all commands (--url, --profile, --output and others): license-server --help",
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
        // Commander passes the arguments, then the options and the command itself.
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

/** The options from anywhere on the command line. Of two the later one counts. */
export const optionsOf = (target: Command): GlobalOptions => ({
  ...(target.parent === null ? {} : optionsOf(target.parent)),
  ...target.opts<GlobalOptions>(),
});

const OUTPUT_FLAG = "-o, --output";

/** The options for the server, the credentials and the output. */
export const globalOptions = (outputFlag = OUTPUT_FLAG): Option[] =>
  (
    [
      ["--url <url>", "the server's URL, with its path prefix if there is one"],
      ["--key <key>", "the license key; visible in process lists, prefer --key-file"],
      ["--key-file <file>", "file with the license key; - is standard input"],
      ["--token <token>", "an access token; visible in process lists, prefer --token-file"],
      ["--token-file <file>", "file with an access token; - is standard input"],
      ["--profile <name>", "a server saved with `configure`"],
      ["--stack-prefix <prefix>", "a deployment on AWS, by the prefix of its stack names"],
      ["--region <region>", "the deployment's AWS region (default: the environment's)"],
      ["--data-dir <dir>", "a local server, by its data folder"],
      [`${outputFlag} <format>`, `${OUTPUTS.join(", ")}; json and yaml are the API's own answer`],
    ] as const
  ).map(([flags, description]) => new Option(flags, description));

/** Examples below a command's help. */
export const examples = (target: Command, ...lines: readonly string[]): Command =>
  target.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
