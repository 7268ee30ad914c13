import type { SeatHistoryDay } from "../contract/responses.ts";
import { dayOf, type EpochMs, earliest, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readRegularBeginning } from "../usage/beginning.ts";
import { daysBetween, lastClosable } from "../usage/closing.ts";
import { activeUsersOf, IDLE_DAYS, readLastSeatDay, readSeatDays, type SeatDay } from "./seat-days.ts";

/**
 * The seat history of every closed day (UTC) that `from <= t < to` touches, the oldest first. A day without one, as before
 * this release, has `held: null`. Days before the server's first day are left out.
 */
export const readSeatHistory = async (
  table: Table,
  { from, to, now }: { from: EpochMs; to: EpochMs; now: EpochMs },
): Promise<SeatHistoryDay[]> => {
  const [beginning, written] = await Promise.all([readRegularBeginning(table), readLastSeatDay(table)]);
  if (beginning === undefined || written === undefined || from >= to) return [];
  const first = dayOf(Math.max(from, startOf(beginning)));
  const last = earliest(earliest(written, lastClosable(now)), dayOf(to - 1));
  const days = await readSeatDays(table, first, last);
  return daysBetween(first, last).map((date) => shown(date, days.get(date)));
};

const UNKNOWN = {
  ...{ held: null, max_seats: null, overage: null, denials: null, active_users: null },
  ...{ idle_7_days: null, idle_14_days: null, idle_30_days: null, rebuilt: false },
} as const;

const shown = (date: string, day: SeatDay | undefined): SeatHistoryDay => {
  if (day === undefined) return { date, ...UNKNOWN };
  const { decided, used } = day;
  const [week, fortnight, month] = IDLE_DAYS.map((days) => used?.idle[String(days)] ?? null);
  return {
    date,
    held: decided.held,
    max_seats: decided.max,
    overage: decided.overage,
    denials: decided.denials,
    active_users: activeUsersOf(day) ?? null,
    idle_7_days: week ?? null,
    idle_14_days: fortnight ?? null,
    idle_30_days: month ?? null,
    rebuilt: decided.rebuilt === true,
  };
};
