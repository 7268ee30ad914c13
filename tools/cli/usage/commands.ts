import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { type BackfillOptions, checkFile, runBackfill } from "./backfill-command.ts";
import { type EraseOptions, runErase } from "./erase-command.ts";
import { onTable } from "./on-table.ts";
import type { OpenTable, Place } from "./open-table.ts";
import { type CommonOptions, day, dayEnd, wholeNumber, withCommonOptions } from "./options.ts";
import { sayOn } from "./say.ts";
import { checkDays, runVerify, type VerifyOptions } from "./verify-command.ts";

type How = {
  /** Where the table is, where the command's own options are not all that tells; what it says comes before them. */
  placeOf?: (command: Command) => Place;
  /** Writes a line about the work, beside its results. */
  tell: (line: string) => void;
};

/**
 * Adds the commands that look after the data: verify, rebuild, backfill and erase. They work on the table itself. What a
 * command cannot do ends in a `CliError`.
 */
export const addUsageCommands = (program: Command, { placeOf = () => ({}), tell }: How): void => {
  const on: OnTable = (options, command, writes, work) =>
    onTable({ ...options, ...placeOf(command) }, command, { writes, tell }, work);
  addVerify(program, on, "verify", "compares usage with the sessions it is the sum of; changes nothing", false);
  addVerify(program, on, "rebuild", "the same, and sets right what differs; safe beside traffic", true);
  addBackfill(program, on);
  addErase(program, on);
};

type OnTable = (
  options: CommonOptions,
  command: Command,
  writes: boolean,
  work: (open: OpenTable) => Promise<void>,
) => Promise<void>;

const addVerify = (program: Command, on: OnTable, name: string, description: string, repair: boolean): void => {
  withCommonOptions(program.command(name))
    .description(description)
    .option("--from <day>", "only from this day on, in UTC", day)
    .option("--to <day>", "only up to this day, contained", dayEnd)
    .option("--cursor <file>", "keeps in this file how far it is, and goes on from there")
    .option("--pause-seconds <n>", "how long a difference must stand to count", wholeNumber(0, 600), 10)
    .action((options: VerifyOptions, command: Command) => {
      checkDays(options);
      return on(options, command, repair, (open) => runVerify(open, options, repair, say()));
    });
};

const addBackfill = (program: Command, on: OnTable): void => {
  withCommonOptions(program.command("backfill"))
    .description("imports ended sessions of another server from a .csv, .json or .jsonl file")
    .argument("<file>")
    .option("--check", "reads and compares only")
    .option("--refused <file>", "lists there, not on standard output, the rows that were not imported")
    .action((file: string, options: BackfillOptions, command: Command) => {
      checkFile(file);
      return on(options, command, true, (open) => runBackfill(open, file, options, say()));
    });
};

const addErase = (program: Command, on: OnTable): void => {
  withCommonOptions(program.command("erase"))
    .description("replaces the identifiers of one person by pseudonyms; sums stay what they are")
    .option("--kubernetes-username <name...>")
    .option("--client-id <id...>")
    .option("--client-username <name...>")
    .option("--client-hostname <name...>")
    .option("--yes", "does not ask")
    .action((options: EraseOptions, command: Command) =>
      on(options, command, true, (open) => runErase(open, options, say(), isSure)),
    );
};

const say = () => sayOn(process.stdout, process.stderr);

// Where nobody can be asked, the answer is no.
const isSure = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await lines.question(`${question} [y/N] `));
  } finally {
    lines.close();
  }
};
