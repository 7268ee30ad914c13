import { type Command, InvalidArgumentError, Option } from "commander";
import { DAY_MS, dayOf, type EpochMs, startOf } from "../../../shared/contract/time.ts";
import type { Place } from "./open-table.ts";

/** `retentionDays` is undefined where neither the command line nor the environment gives it. */
export type CommonOptions = Place & { retentionDays?: number | undefined };

/** Adds the options that all usage commands share. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option("--table <name>", "the DynamoDB table (default: TABLE_NAME)")
    .option("--stack-prefix <prefix>", "the deployment, by the prefix of its stack names")
    .option("--region <region>", "the deployment's AWS region (default: the environment's)")
    .option("--endpoint <url>", "the DynamoDB endpoint (default: AWS)")
    .option("--data-dir <path>", "the data folder of a local server, running or not")
    .addOption(
      new Option("--retention-days <days>", "how long the server keeps sessions (default: as deployed, or 1825)")
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

/** The start of a day, in UTC. */
export const day = (text: string): EpochMs => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? startOf(text) : Number.NaN;
  if (Number.isNaN(time) || dayOf(time) !== text)
    throw new InvalidArgumentError("It must be a day such as 2026-11-20.");
  return time;
};

/** The end of a day, in UTC: `--to` is included here. */
export const dayEnd = (text: string): EpochMs => day(text) + DAY_MS;
