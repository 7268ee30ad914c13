import { DAY_MS, dayOf, nextMonth, startOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readClosedDays } from "./closed-days.ts";
import { daysBetween } from "./closing.ts";
import { daySums } from "./day-sums.ts";
import { readRollups } from "./read-rollups.ts";

/** The sums of all sessions: those of people, and the numbers of CI sessions and of previews. */
export type UsageTotals = { sessions: number; seconds: number; ciSessions: number; previewSessions: number };

export const noTotals = (): UsageTotals => ({ sessions: 0, seconds: 0, ciSessions: 0, previewSessions: 0 });

const READS_AT_ONCE = 8;
/** If a month has more open days than this, its own rollup is read instead of theirs. */
const MOST_OPEN_DAYS = 3;

/**
 * Sums what ended in these months (`yyyy-mm`, in order), up to the end of a day. Closed days are read from their
 * statistics, one read per month for any number of users. Open days are summed from their rollups.
 */
export const readTotals = async (table: Table, months: readonly string[], lastDay: string): Promise<UsageTotals> => {
  const totals = noTotals();
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

/** Adds a part, if there is one. */
export const addTo = (totals: UsageTotals, part: Partial<UsageTotals> | undefined): void => {
  totals.sessions += part?.sessions ?? 0;
  totals.seconds += part?.seconds ?? 0;
  totals.ciSessions += part?.ciSessions ?? 0;
  totals.previewSessions += part?.previewSessions ?? 0;
};

const lastDayOf = (month: string, lastDay: string): string => {
  const day = dayOf(startOf(nextMonth(month)) - DAY_MS);
  return day < lastDay ? day : lastDay;
};
