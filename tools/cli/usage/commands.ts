import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { examples } from "../command.ts";
import { type BackfillOptions, checkFile, runBackfill } from "./backfill-command.ts";
import { type EraseOptions, personIn, runErase } from "./erase-command.ts";
import { onTable } from "./on-table.ts";
import type { OpenTable, Place } from "./open-table.ts";
import { type CommonOptions, day, dayEnd, wholeNumber, withCommonOptions } from "./options.ts";
import { printerOn } from "./printer.ts";
import { checkDays, runVerify, type VerifyOptions } from "./verify-command.ts";

type Setup = {
  /** Where the table of a command is. */
  placeOf: (command: Command) => Place;
  /** Writes a line about the work to standard error. */
  note: (line: string) => void;
};

/** Adds verify, rebuild, backfill and erase, which work on the table itself. Their errors are `CliError`s. */
export const addUsageCommands = (group: Command, { placeOf, note }: Setup): void => {
  const on: OnTable = (options, command, writes, work) =>
    onTable({ ...options, ...placeOf(command) }, command, { writes, note }, work);
  addVerify(group, on, "verify", "compare usage with the sessions that it sums up; changes nothing", false);
  addVerify(
    group,
    on,
    "rebuild",
    "compare usage with the sessions that it sums up, and correct what differs; safe while the server runs",
    true,
  );
  addBackfill(group, on);
  addErase(group, on);
};

type OnTable = (
  options: CommonOptions,
  command: Command,
  writes: boolean,
  work: (open: OpenTable) => Promise<void>,
) => Promise<void>;

const addVerify = (group: Command, on: OnTable, name: string, description: string, repair: boolean): void => {
  const lines = [
    `license-server usage ${name} --stack-prefix LicenseServer`,
    `license-server usage ${name} --data-dir .data --from 2026-10-01 --to 2026-10-31`,
  ];
  examples(withCommonOptions(group.command(name)), ...lines)
    .description(description)
    .option("--from <day>", "first day, in UTC", day)
    .option("--to <day>", "last day, included", dayEnd)
    .option("--cursor <file>", "keep the position in this file, and continue from there")
    .option("--pause-seconds <n>", "how long a difference must last to count", wholeNumber(0, 600), 10)
    .action((options: VerifyOptions, command: Command) => {
      checkDays(options);
      return on(options, command, repair, (open) => runVerify(open, options, repair, printer()));
    });
};

const addBackfill = (group: Command, on: OnTable): void => {
  examples(
    withCommonOptions(group.command("backfill")),
    "license-server usage backfill history.csv --stack-prefix LicenseServer --check",
    "license-server usage backfill history.csv --stack-prefix LicenseServer --refused refused.txt",
  )
    .description("import ended sessions of another server from a .csv, .json or .jsonl file")
    .argument("<file>")
    .option("--check", "read and compare only")
    .option("--refused <file>", "write the rows that are not imported to this file, not to standard output")
    .action((file: string, options: BackfillOptions, command: Command) => {
      checkFile(file);
      return on(options, command, true, (open) => runBackfill(open, file, options, printer()));
    });
};

const addErase = (group: Command, on: OnTable): void => {
  examples(
    withCommonOptions(group.command("erase")),
    "license-server usage erase --kubernetes-username ann@example.com --stack-prefix LicenseServer",
  )
    .description("replace the identifiers of one person by pseudonyms; sums do not change")
    .option("--kubernetes-username <name...>", "the person's Kubernetes user, matched exactly")
    .option("--client-id <id...>", "the person's machine ids")
    .option("--client-username <name...>", "the person's users on machines")
    .option("--client-hostname <name...>", "the person's machines")
    .option("--yes", "do not ask")
    .action((options: EraseOptions, command: Command) => {
      const person = personIn(options);
      return on(options, command, true, (open) => runErase(open, person, options, printer(), isConfirmed));
    });
};

const printer = () => printerOn(process.stdout, process.stderr);

// Without a terminal nobody can be asked, so the answer is no.
const isConfirmed = async (question: string): Promise<boolean> => {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(await lines.question(`${question} [y/N] `));
  } finally {
    lines.close();
  }
};
