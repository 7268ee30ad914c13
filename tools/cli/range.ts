import type { Command } from "commander";
import { DAY_MS, dayOf, type EpochMs, formatTime, nextMonth, parseTime, startOf } from "../../shared/contract/time.ts";
import type { Range } from "./api.ts";
import { CliError, EXIT } from "./exit.ts";

export type RangeOptions = { from?: string; to?: string };

export const withRange = (target: Command): Command =>
  target
    .option("--from <time>", "start: 2026-11, 2026-11-20 or 2026-11-20T08:00:00Z; months and days are in UTC")
    .option("--to <time>", "end, not included");

/** The range in the form of the API. @throws CliError with every fault, and where the range is empty */
export const rangeOf = ({ from, to }: RangeOptions): Range => {
  const faults = Object.entries({ from, to }).flatMap(([name, text]) =>
    text === undefined || timeOf(text) !== undefined
      ? []
      : [`--${name} must be a month, a day or an RFC 3339 time: 2026-11, 2026-11-20, 2026-11-20T08:00:00Z.`],
  );
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  const [start, end] = [timeOf(from), timeOf(to)];
  if (start !== undefined && end !== undefined && end <= start) throw emptyRange(to ?? "", end === start);
  return {
    ...(start === undefined ? {} : { from: formatTime(start) }),
    ...(end === undefined ? {} : { to: formatTime(end) }),
  };
};

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const timeOf = (text: string | undefined): EpochMs | undefined => {
  if (text === undefined) return undefined;
  if (MONTH.test(text)) return startOf(text);
  return parseTime(DAY.test(text) ? `${text}T00:00:00Z` : text);
};

const emptyRange = (to: string, isSame: boolean): CliError => {
  const next = MONTH.test(to) ? nextMonth(to) : DAY.test(to) ? dayOf(startOf(to) + DAY_MS) : undefined;
  return isSame && next !== undefined
    ? new CliError(EXIT.usage, `--to is not included, so this range is empty. To include ${to}: --to ${next}`)
    : new CliError(EXIT.usage, "--to must be later than --from.");
};
