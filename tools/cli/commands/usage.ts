import type { Command } from "commander";

/**
 * `usage verify | rebuild | backfill | erase`, which work on the table itself. They bring its SDK along, so they are loaded
 * only where the command line names them; the group is always there to be seen.
 */
export const usageCommands = async (program: Command, args: readonly string[]): Promise<void> => {
  const group = program
    .command("usage")
    .description("usage data: verify it, rebuild, import (backfill) or erase it; for who may write to the table");
  if (!args.some((argument) => argument.includes("usage"))) return;
  const { addUsageCommands } = await import("../../usage/commands.ts");
  addUsageCommands(group);
};
