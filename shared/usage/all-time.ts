import { DAY_MS, dayOf, nextMonth, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readClosedDays } from "./closed-days.ts";
import { daysBetween } from "./closing.ts";
import { daySums } from "./day-sums.ts";
import { readRollups } from "./read-rollups.ts";

/** What sessions add up to, whosever they are: those of people, and how many of CI. */
export type UsageTotals = { sessions: number; seconds: number; ciSessions: number };

const READS_AT_ONCE = 8;
/** With more open days than this, the month's own rollup is read instead of theirs. */
const MOST_OPEN_DAYS = 3;

/**
 * What ended in these months (`yyyy-mm`, in order), up to the end of a day. Of closed days the statistics tell it, so that
 * it costs one read a month however many users there are; what is open is added up from its rollups.
 */
export const readTotals = async (table: Table, months: readonly string[], lastDay: string): Promise<UsageTotals> => {
  const totals: UsageTotals = { sessions: 0, seconds: 0, ciSessions: 0 };
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return totals;
  const closed = await readClosedDays(table, `${first}-01`, lastDayOf(last, lastDay));
  const open: string[] = [];
  for (const month of months) {
    const days = daysBetween(`${month}-01`, lastDayOf(month, lastDay));
    const openDays = days.filter((day) => !closed.has(day));
    if (openDays.length > MOST_OPEN_DAYS) {
      open.push(month);
      continue;
    }
    open.push(...openDays);
    for (const day of days) addTo(totals, closed.get(day));
  }
  await inParallel(open, READS_AT_ONCE, async (period) => {
    addTo(totals, daySums(await readRollups(table, period)));
  });
  return totals;
};

/** Adds a part, where there is one. */
export const addTo = (totals: UsageTotals, part: UsageTotals | undefined): void => {
  totals.sessions += part?.sessions ?? 0;
  totals.seconds += part?.seconds ?? 0;
  totals.ciSessions += part?.ciSessions ?? 0;
};

const lastDayOf = (month: string, lastDay: string): string => {
  const day = dayOf(startOf(nextMonth(month)) - DAY_MS);
  return day < lastDay ? day : lastDay;
};
