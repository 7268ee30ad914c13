import { type Command, InvalidArgumentError, Option } from "commander";
import { DAY_MS, dayOf, type EpochMs, startOf } from "../../../shared/contract/time.ts";
import type { Place } from "./open-table.ts";

/** `retentionDays` is undefined where neither the command line nor the environment says it. */
export type CommonOptions = Place & { retentionDays?: number | undefined };

/** Adds what every command takes. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option("--table <name>", "the DynamoDB table; TABLE_NAME otherwise")
    .option("--stack-prefix <prefix>", "the deployment whose stacks begin so: finds its table")
    .option("--region <region>", "its AWS region, if not the environment's")
    .option("--endpoint <url>", "another endpoint than AWS's own for DynamoDB")
    .option("--data-dir <path>", "a local server's data, whether it runs or not, in place of DynamoDB")
    .addOption(
      new Option("--retention-days <days>", "how long the server keeps sessions; by default as deployed, or 1825")
        .env("RETENTION_SESSIONS_DAYS")
        .argParser(wholeNumber(30, 3_650)),
    );

/** A whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,9}$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };

/** The beginning of a day, in UTC. */
export const day = (text: string): EpochMs => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? startOf(text) : Number.NaN;
  if (Number.isNaN(time) || dayOf(time) !== text) throw new InvalidArgumentError("It must be a day, as 2026-11-20.");
  return time;
};

/** What a `--to` day, contained, is as an end that is not. */
export const dayEnd = (text: string): EpochMs => day(text) + DAY_MS;
