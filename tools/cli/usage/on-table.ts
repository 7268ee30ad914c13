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
  /** Writes a line about the work to standard error; one that begins with blanks continues the line before. */
  note: (line: string) => void;
};

/**
 * Opens the table that the options lead to, prints its name and how long sessions are kept, and works on it.
 * @throws CliError where it cannot be used, or where a command that writes cannot find out how long sessions are kept
 */
export const onTable = async (
  options: CommonOptions,
  command: Command,
  { writes, note }: How,
  work: (open: OpenTable) => Promise<void>,
): Promise<void> => {
  const { stackPrefix, region, dataDir } = options;
  if (stackPrefix !== undefined && (dataDir ?? options.table) !== undefined)
    throw new CliError(EXIT.usage, "--stack-prefix does not go with --data-dir or --table.");
  const deployment = stackPrefix === undefined ? undefined : deploymentOf(stackPrefix, region);
  const table = deployment === undefined ? options.table : await deployment.output("Data", "TableName");
  const given = givenRetention(options, command);
  const warn = ([first, ...lines]: readonly string[]) => [`warning: ${first}`, ...lines].forEach(note);
  const retention = await retentionOf(deployment, { given, writes, warn });
  const open = await openTable({ ...options, table, retentionDays: retention.days }, process.env);
  try {
    note(`works on ${await nameOf(open, options)}; sessions are kept ${retention.days} days, ${retention.by}`);
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
  // Without a region the first call fails, with a better message.
  const found = endpoint === undefined ? await region().catch(() => undefined) : undefined;
  const where = endpoint === undefined ? (found === undefined ? "" : ` in ${safe(found)}`) : ` at ${safe(endpoint)}`;
  return `the table ${safe(tableName)}${owner}${where}`;
};
