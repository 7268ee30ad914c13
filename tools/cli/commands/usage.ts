import type { Command } from "commander";
import type { Place } from "../../usage/open-table.ts";
import { optionsOf } from "../command.ts";
import { readSettings } from "../settings.ts";
import type { System } from "../system.ts";
import { safe } from "../text.ts";

/**
 * `usage verify | rebuild | backfill | erase`, which work on the table itself. They bring its SDK along, so they are loaded
 * only where the command line names them; the group is always there to be seen.
 */
export const usageCommands = async (program: Command, args: readonly string[], system: System): Promise<void> => {
  const group = program
    .command("usage")
    .description("usage data: verify it, rebuild, import (backfill) or erase it; for who may write to the table");
  if (!args.some((argument) => argument.includes("usage"))) return;
  const { addUsageCommands } = await import("../../usage/commands.ts");
  addUsageCommands(group, (command) => placeOf(command, system));
};

/** The table of the deployment or data folder that is meant, as of every other command. */
const placeOf = (command: Command, { env, stderr }: System): Place => {
  const flags = command.parent === null ? {} : optionsOf(command.parent);
  const isFlagged = (flags.url ?? flags.stackPrefix ?? flags.dataDir ?? flags.profile) !== undefined;
  if ((env["TABLE_NAME"] ?? "") !== "" && !isFlagged) return {};
  const told = (line: string) => void stderr.write(`license-server: ${safe(line)}\n`);
  const { stackPrefix, region, dataDir } = readSettings(flags, env, (line) => told(`warning: ${line}`));
  if (stackPrefix !== undefined) {
    told(`works on the table of ${stackPrefix}`);
    return { stackPrefix, region };
  }
  if (dataDir === undefined) return {};
  told(`works on the data in ${dataDir}`);
  return { dataDir };
};
