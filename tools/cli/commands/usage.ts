import type { Command } from "commander";
import { globalOptions, optionsOf } from "../command.ts";
import type { System } from "../system.ts";
import { safe } from "../text.ts";
import { usagePlace } from "../usage-place.ts";

/**
 * `usage verify | rebuild | backfill | erase`, which work on the table itself. They bring its SDK along, so they are loaded
 * only where the command line names them; the group is always there to be seen.
 */
export const usageCommands = async (
  program: Command,
  args: readonly string[],
  { env, stderr }: System,
): Promise<void> => {
  const group = program
    .command("usage")
    .description("usage data: verify it, rebuild, import (backfill) or erase it; for who may write to the table");
  if (!args.some((argument) => argument.includes("usage"))) return;
  const { addUsageCommands } = await import("../usage/commands.ts");
  const tell = (line: string) => void stderr.write(`${line.startsWith(" ") ? "" : "license-server: "}${safe(line)}\n`);
  const warn = (line: string) => tell(`warning: ${line}`);
  addUsageCommands(group, { placeOf: (command) => usagePlace(optionsOf(command), env, warn), tell });
  for (const command of group.commands)
    for (const option of globalOptions())
      if (SERVER_OPTIONS.includes(option.long)) command.addOption(option.hideHelp());
};

// Those that its commands have in common with all others, beside the ones that they list themselves.
const SERVER_OPTIONS: readonly (string | undefined)[] = ["--url", "--profile"];
