import type { UserKind } from "../contract/keys.ts";
import type { TrackingMode, TrendDay } from "../contract/responses.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { readDayStates } from "./closed-days.ts";
import { daysBetween } from "./closing.ts";
import type { DayStats } from "./day-stats.ts";
import { daySums } from "./day-sums.ts";
import { readFirstDays } from "./first-days.ts";
import { readRollups } from "./read-rollups.ts";
import { countSeatEvents } from "./seat-events.ts";

const READS_AT_ONCE = 8;

export type TrendsRequest = { from: EpochMs; to: EpochMs; now: EpochMs; trackingMode: TrackingMode };

/**
 * Usage day by day: every UTC day that `from <= t < to` touches, up to today, the oldest first. Users are people, by
 * the license's tracking mode. Closed days are read from their statistics. Today, and other days that are not closed,
 * are summed here, without peaks. Days before the server's first day without use are zeros.
 *
 * Whether a user of an open day is new depends on the closed days and the other open days of the range. What an open
 * day before the range changes shows once that day is closed.
 */
export const readTrends = async (
  { table }: { table: Table },
  { from, to, now, trackingMode }: TrendsRequest,
): Promise<TrendDay[]> => {
  if (from >= to) return [];
  const days = daysBetween(dayOf(from), dayOf(Math.min(to - 1, now)));
  const kind: UserKind = trackingMode === "KubernetesUser" ? "kubernetes" : "machine";
  const states = await readDayStates(table, days[0] ?? "", days.at(-1) ?? "");
  const { closed } = states;
  const open = new Map<string, OpenDay>();
  await inParallel(states.open, READS_AT_ONCE, async (day) => {
    open.set(day, await readOpenDay(table, day, kind));
  });
  const newUsers = countNewUsers(days, open, await readFirstDays(table, kind, { consistent: false }));
  return days.map((date) => {
    const stats = closed.get(date);
    const figures = stats === undefined ? (open.get(date)?.figures ?? NOTHING) : closedFigures(stats, kind);
    return { date, ...figures, newUsers: newUsers.get(date) ?? 0 };
  });
};

type Figures = Omit<TrendDay, "date" | "newUsers">;
type OpenDay = { figures: Figures; users: ReadonlySet<string> };

const NO_PEAKS = { maxConcurrentSessions: null, maxConcurrentCiSessions: null, maxConcurrentPreviews: null };

const NOTHING: Figures = {
  sessionCount: 0,
  sessionTimeSeconds: 0,
  ciSessionCount: 0,
  ciSessionTimeSeconds: 0,
  previewCount: 0,
  previewTimeSeconds: 0,
  activeUsers: 0,
  ...NO_PEAKS,
  seatsClaimed: 0,
  denials: 0,
};

const closedFigures = (stats: DayStats, kind: UserKind): Figures => ({
  sessionCount: stats.sessions,
  sessionTimeSeconds: stats.seconds,
  ciSessionCount: stats.ciSessions,
  ciSessionTimeSeconds: stats.ciSeconds,
  previewCount: stats.previewSessions ?? 0,
  previewTimeSeconds: stats.previewSeconds ?? 0,
  activeUsers: stats.activeUsers[kind],
  maxConcurrentSessions: stats.peak,
  maxConcurrentCiSessions: stats.ciPeak,
  maxConcurrentPreviews: stats.previewPeak ?? 0,
  seatsClaimed: stats.seatsClaimed,
  denials: stats.denials,
});

const readOpenDay = async (table: Table, day: string, kind: UserKind): Promise<OpenDay> => {
  const [rows, events] = await Promise.all([readRollups(table, day), countSeatEvents(table, day)]);
  const sums = daySums(rows);
  const users = sums.users[kind];
  return {
    users,
    figures: {
      sessionCount: sums.sessions,
      sessionTimeSeconds: sums.seconds,
      ciSessionCount: sums.ciSessions,
      ciSessionTimeSeconds: sums.ciSeconds,
      previewCount: sums.previewSessions,
      previewTimeSeconds: sums.previewSeconds,
      activeUsers: users.size,
      ...NO_PEAKS,
      ...events,
    },
  };
};

// A user's first day from the closed days counts, unless an open day is earlier. If that day is open itself, it counts
// only if the user is still seen on it.
const countNewUsers = (
  days: readonly string[],
  open: ReadonlyMap<string, OpenDay>,
  firstDays: ReadonlyMap<string, string>,
): Map<string, number> => {
  const first = new Map([...firstDays].filter(([, day]) => !open.has(day)));
  for (const day of days)
    for (const user of open.get(day)?.users ?? []) {
      const known = first.get(user);
      if (known === undefined || day < known) first.set(user, day);
    }
  const counts = new Map<string, number>();
  for (const day of first.values()) counts.set(day, (counts.get(day) ?? 0) + 1);
  return counts;
};
