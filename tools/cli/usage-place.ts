import { CliError, EXIT } from "./exit.ts";
import { type GlobalOptions, readSettings } from "./settings.ts";
import type { Place } from "./usage/open-table.ts";

export type UsageFlags = GlobalOptions & Pick<Place, "table">;

/**
 * The deployment or data folder whose table is used: the same settings as for every other command. Only a region where the
 * table has a name of its own.
 * @throws CliError with every fault of the settings, and where a server is specified by its URL only
 */
export const usagePlace = (flags: UsageFlags, env: NodeJS.ProcessEnv, warn: (line: string) => void): Place => {
  const isNamed = (flags.url ?? flags.stackPrefix ?? flags.dataDir ?? flags.profile) !== undefined;
  if (!isNamed && (flags.table || env["TABLE_NAME"])) return { region: flags.region };
  const { url, stackPrefix, region, dataDir } = readSettings(flags, env, warn);
  if (stackPrefix !== undefined) return { stackPrefix, region };
  if (dataDir === undefined && url !== undefined && flags.table === undefined)
    throw new CliError(EXIT.usage, "A URL does not lead to a table. Use --stack-prefix, --data-dir or --table.");
  return { dataDir, region };
};
