import type { Command } from "commander";
import { deploymentOf } from "../aws.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";
import { type OpenTable, openTable, type Place } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import { type Retention, retentionOf } from "./retention.ts";
import { tableError } from "./table-error.ts";

export type How = {
  writes: boolean;
  /** Writes a line about the work, beside its results; one that begins with blanks goes on with what was said before. */
  tell: (line: string) => void;
};

/**
 * Opens the table that the options lead to, says which it is and how long sessions are kept, and works on it.
 * @throws CliError where it cannot be had, or where a command that writes cannot know how long sessions are kept
 */
export const onTable = async (
  options: CommonOptions,
  command: Command,
  { writes, tell }: How,
  work: (open: OpenTable) => Promise<void>,
): Promise<void> => {
  const { stackPrefix, region, dataDir } = options;
  if (stackPrefix !== undefined && (dataDir ?? options.table) !== undefined)
    throw new CliError(EXIT.usage, "--stack-prefix excludes --data-dir and --table");
  const deployment = stackPrefix === undefined ? undefined : deploymentOf(stackPrefix, region);
  const table = deployment === undefined ? options.table : await deployment.output("Data", "TableName");
  const given = givenRetention(options, command);
  const warn = ([said, ...lines]: readonly string[]) => [`warning: ${said}`, ...lines].forEach(tell);
  const retention = await retentionOf(deployment, { given, writes, warn });
  const open = await openTable({ ...options, table, retentionDays: retention.days }, process.env);
  try {
    tell(`works on ${await nameOf(open, options)}; sessions are kept ${retention.days} days, ${retention.by}`);
    await work(open);
  } catch (error) {
    throw tableError(error) ?? error;
  } finally {
    await open.close();
  }
};

const givenRetention = ({ retentionDays: days }: CommonOptions, command: Command): Retention | undefined => {
  if (days === undefined) return undefined;
  const isVariable = command.getOptionValueSource("retentionDays") === "env";
  return { days, by: `by ${isVariable ? "RETENTION_SESSIONS_DAYS" : "--retention-days"}` };
};

const nameOf = async ({ tableName, endpoint, region }: OpenTable, { stackPrefix, dataDir }: Place): Promise<string> => {
  if (dataDir !== undefined) return `the data in ${safe(dataDir)}`;
  const owner = stackPrefix === undefined ? "" : ` of ${safe(stackPrefix)}`;
  // Where none can be found, the first call says so better.
  const found = endpoint === undefined ? await region().catch(() => undefined) : undefined;
  const where = endpoint === undefined ? (found === undefined ? "" : ` in ${safe(found)}`) : ` at ${safe(endpoint)}`;
  return `the table ${safe(tableName)}${owner}${where}`;
};
