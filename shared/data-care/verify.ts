import { DAY_MS, dayOf, type EpochMs, monthOf, startOf } from "../contract/time.ts";
import { readUsageSince } from "../usage/since.ts";
import { monthsBetween } from "../usage/timeframe.ts";
import { type MonthDeps, type RollupDifference, verifyMonth } from "./verify-month.ts";

export type { RollupDifference } from "./verify-month.ts";

export type VerifyOptions = {
  now: EpochMs;
  retentionDays: number;
  /** Sessions are not relied on this long before retention deletes them. */
  marginDays: number;
  /** Only days that begin in `from <= t < to`, and their months. */
  from?: EpochMs | undefined;
  to?: EpochMs | undefined;
  repair: boolean;
};

export type VerifyEvents = {
  difference: (difference: RollupDifference) => void;
  /** A month (`yyyy-mm`) is done, and so are all before it. */
  month: (month: string, progress: { done: number; of: number }) => void;
};

export type VerifyTally = { months: number; rows: number; differences: number; repaired: number };

/**
 * Compares day rollups with ended sessions and month rollups with days; with `repair` it corrects them. Today is left
 * to the next run, since its rows change. So are days whose sessions retention may have deleted: their usage is never
 * removed. It is safe during traffic and may be repeated from any month.
 */
export const verifyUsage = async (
  deps: MonthDeps,
  options: VerifyOptions,
  events: VerifyEvents,
): Promise<VerifyTally> => {
  const tally: VerifyTally = { months: 0, rows: 0, differences: 0, repaired: 0 };
  const months = await monthsToVerify(deps, options);
  const horizon = options.now - (options.retentionDays - options.marginDays) * DAY_MS;
  const verified = {
    // Whole days only.
    from: Math.max(options.from ?? Number.NEGATIVE_INFINITY, horizon),
    to: Math.min(options.to ?? Number.POSITIVE_INFINITY, startOf(dayOf(options.now))),
  };
  for (const month of months) {
    const { rows, differences } = await verifyMonth(deps, { month, verified, horizon, repair: options.repair });
    for (const difference of differences) events.difference(difference);
    tally.months += 1;
    tally.rows += rows;
    tally.differences += differences.length;
    tally.repaired += differences.filter(({ outcome }) => outcome === "repaired").length;
    events.month(month, { done: tally.months, of: months.length });
  }
  return tally;
};

const monthsToVerify = async ({ table }: MonthDeps, { from, to, now }: VerifyOptions): Promise<string[]> => {
  const since = await readUsageSince(table);
  if (since === undefined) return [];
  // A clock that is ahead may have ended a session some minutes from now, in a month that has not begun.
  const last = monthOf(Math.min((to ?? Number.POSITIVE_INFINITY) - 1, now + DAY_MS));
  const first = from === undefined || monthOf(from) < since ? since : monthOf(from);
  return monthsBetween(first, last);
};
