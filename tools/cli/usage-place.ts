import { CliError, EXIT } from "./exit.ts";
import { type GlobalOptions, readSettings } from "./settings.ts";
import type { Place } from "./usage/open-table.ts";

export type UsageFlags = GlobalOptions & Pick<Place, "table">;

/**
 * The table of the deployment or data folder that is meant, as of every other command; nothing but a region where a table
 * is named itself, or none is.
 * @throws CliError with every fault of the settings, and where a server is named that leads to no table
 */
export const usagePlace = (flags: UsageFlags, env: NodeJS.ProcessEnv, warn: (line: string) => void): Place => {
  const isNamed = (flags.url ?? flags.stackPrefix ?? flags.dataDir ?? flags.profile) !== undefined;
  if (!isNamed && (flags.table || env["TABLE_NAME"])) return { region: flags.region };
  const { url, stackPrefix, region, dataDir } = readSettings(flags, env, warn);
  if (stackPrefix !== undefined) return { stackPrefix, region };
  if (dataDir === undefined && url !== undefined && flags.table === undefined)
    throw new CliError(
      EXIT.usage,
      "a URL does not lead to a table: --stack-prefix, --data-dir or --table does, or TABLE_NAME where no option names a server",
    );
  return { dataDir, region };
};
