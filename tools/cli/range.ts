import type { Command } from "commander";
import { formatTime, parseTime, startOf } from "../../shared/contract/time.ts";
import type { Range } from "./api.ts";
import { CliError, EXIT } from "./exit.ts";

export type RangeOptions = { from?: string; to?: string };

export const withRange = (target: Command): Command =>
  target
    .option("--from <time>", "from this moment on: 2026-11, 2026-11-20 or 2026-11-20T08:00:00Z, days in UTC")
    .option("--to <time>", "before this moment");

/** The range in the form of the API. @throws CliError with every fault */
export const rangeOf = ({ from, to }: RangeOptions): Range => {
  const faults = Object.entries({ from, to }).flatMap(([name, text]) =>
    text === undefined || timeOf(text) !== undefined
      ? []
      : [`--${name} must be a month, a day or an RFC 3339 time: 2026-11, 2026-11-20, 2026-11-20T08:00:00Z`],
  );
  if (faults.length > 0) throw new CliError(EXIT.usage, ...faults);
  return {
    ...(from === undefined ? {} : { from: timeOf(from) ?? from }),
    ...(to === undefined ? {} : { to: timeOf(to) ?? to }),
  };
};

const timeOf = (text: string): string | undefined => {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return formatTime(startOf(text));
  const time = parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  return time === undefined ? undefined : formatTime(time);
};
