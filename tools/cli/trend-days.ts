import type { Command } from "commander";
import { DEFAULT_TREND_DAYS, MAX_TREND_DAYS } from "../../shared/contract/queries.ts";
import type { UsageTrends } from "../../shared/contract/responses.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { CliError, EXIT } from "./exit.ts";
import { type RangeOptions, rangeOf, withRange } from "./range.ts";

export type TrendOptions = RangeOptions & { days?: string };

/** How many days to ask the server for, today included, and which of them are shown. */
export type TrendDays = { ask: number; shown: (trends: UsageTrends) => UsageTrends };

export const withTrendDays = (target: Command): Command =>
  withRange(target).option(
    "--days <number>",
    `how many days, 1 to ${MAX_TREND_DAYS}: the last ones, or those before --to or from --from (default: ${DEFAULT_TREND_DAYS})`,
  );

/**
 * The days of a trend. The server gives the last ones only, so those outside the range are left out here; days are in UTC,
 * and a day that the range touches is shown whole.
 * @throws CliError for days that the server cannot give
 */
export const trendDays = (options: TrendOptions, now: EpochMs): TrendDays => {
  const days = countOf(options.days);
  const range = rangeOf(options);
  if (range.from === undefined && range.to === undefined)
    return { ask: days ?? DEFAULT_TREND_DAYS, shown: (trends) => trends };
  if (range.from !== undefined && range.to !== undefined && days !== undefined)
    throw new CliError(EXIT.usage, "--days does not go with both --from and --to.");
  const span = (days ?? DEFAULT_TREND_DAYS) * DAY_MS;
  const tomorrow = midnight(now) + DAY_MS;
  const to = range.to === undefined ? undefined : midnight(Date.parse(range.to) + DAY_MS - 1);
  const from = range.from === undefined ? (to ?? tomorrow) - span : midnight(Date.parse(range.from));
  const end = to ?? (days === undefined ? tomorrow : from + span);
  const ask = Math.round((tomorrow - from) / DAY_MS);
  if (ask < 1) throw new CliError(EXIT.usage, `${dayOf(from)} has not begun.`);
  if (ask > MAX_TREND_DAYS)
    throw new CliError(
      EXIT.usage,
      `Trends go back ${MAX_TREND_DAYS} days. The first possible day is ${dayOf(tomorrow - MAX_TREND_DAYS * DAY_MS)}.`,
    );
  // One day more, for a server whose day is over before ours.
  return { ask: Math.min(ask + 1, MAX_TREND_DAYS), shown: (trends) => within(trends, from, end) };
};

const midnight = (time: EpochMs): EpochMs => Math.floor(time / DAY_MS) * DAY_MS;

const countOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > MAX_TREND_DAYS)
    throw new CliError(EXIT.usage, `--days must be a whole number, 1 to ${MAX_TREND_DAYS}.`);
  return days;
};

const within = ({ days, reportPeriod }: UsageTrends, from: EpochMs, to: EpochMs): UsageTrends => ({
  reportPeriod: { from: formatTime(from), to: formatTime(Math.min(to, Date.parse(reportPeriod.to))) },
  days: days.filter(({ date }) => date >= dayOf(from) && date < dayOf(to)),
});
