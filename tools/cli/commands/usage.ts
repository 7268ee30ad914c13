import type { Command } from "commander";
import { globalOptions, optionsOf } from "../command.ts";
import type { System } from "../system.ts";
import { safe } from "../text.ts";
import { usagePlace } from "../usage-place.ts";

/**
 * `usage verify | rebuild | backfill | erase`, which work on the table itself. They load the AWS SDK, so they are loaded only
 * where the command line has the word; the group always appears in the help.
 */
export const usageCommands = async (
  program: Command,
  args: readonly string[],
  { env, stderr }: System,
): Promise<void> => {
  const group = program
    .command("usage")
    .description("verify, rebuild, import (backfill) and erase usage data; needs access to the table");
  if (!args.some((argument) => argument.includes("usage"))) return;
  const { addUsageCommands } = await import("../usage/commands.ts");
  const note = (line: string) => void stderr.write(`${line.startsWith(" ") ? "" : "license-server: "}${safe(line)}\n`);
  const warn = (line: string) => note(`warning: ${line}`);
  addUsageCommands(group, { placeOf: (command) => usagePlace(optionsOf(command), env, warn), note });
  for (const command of group.commands)
    for (const option of globalOptions())
      if (SERVER_OPTIONS.includes(option.long)) command.addOption(option.hideHelp());
};

// The options of all commands that these do not list themselves.
const SERVER_OPTIONS: readonly (string | undefined)[] = ["--url", "--profile"];
