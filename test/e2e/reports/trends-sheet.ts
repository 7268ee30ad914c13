import type { Workbook } from "exceljs";
import { expect } from "vitest";
import type { Event } from "./events.ts";
import { type Row, secondsOf, tableOf } from "./read-workbook.ts";
import type { Settled } from "./settle.ts";
import { type ExpectedDay, expectedDay } from "./trends-oracle.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** The last so many days of a longer period are shown. */
const MOST_DAYS = 366;

export type History = { settled: readonly Settled[]; events: readonly Event[] };
type Asked = { from?: number | undefined; to?: number | undefined; now: number };

/**
 * Asserts that the *Trends* sheet shows each day that the period touches, none after today, the oldest first, with what the
 * oracle says of it; of a period without a beginning, each from the server's first day on. It is left out where nothing
 * happened.
 */
export const expectTrendsSheet = (book: Workbook, history: History, asked: Asked): void => {
  const rows = tableOf(book, "Trends");
  const expected = expectedDays(history, asked);
  const isQuiet = asked.now - (history.events.at(-1)?.at ?? 0) > HOUR;
  if (rows.length === 0) {
    for (const day of expected) expect(happenedOn(day, isQuiet), JSON.stringify(day)).toBe(false);
    return;
  }
  const shown = asked.from === undefined ? expected.slice(-rows.length) : expected;
  for (const day of expected.slice(0, expected.length - shown.length))
    expect(happenedOn(day, isQuiet), JSON.stringify(day)).toBe(false);
  expect(rows.map((row) => trendOf(row, isQuiet))).toEqual(
    shown.map((day, place) => ({
      ...newUsersWhere(isQuiet, day),
      ...(rows[place]?.["Most sessions at once"] === null ? NO_PEAKS : {}),
    })),
  );
  // Once all has settled and the days are closed, the peaks are known of each that is over, from the server's first on.
  const firstDay = dayOf(history.events[0]?.at ?? 0);
  for (const row of isQuiet ? rows : []) {
    const day = Number(row["Day (UTC)"]);
    if (day >= firstDay && day + DAY + HOUR <= asked.now) expect(row["Most sessions at once"]).not.toBeNull();
  }
};

const expectedDays = ({ settled, events }: History, { from, to, now }: Asked): ExpectedDay[] => {
  const end = to ?? now;
  if (from !== undefined && from >= end) return [];
  const last = dayOf(Math.min(end - 1, now));
  const first = Math.max(dayOf(from ?? 0), last - (MOST_DAYS - 1) * DAY);
  const days: ExpectedDay[] = [];
  for (let day = first; day <= last; day += DAY) days.push(expectedDay(day, settled, events));
  return days;
};

const happenedOn = (day: ExpectedDay, arePeaksKnown: boolean): boolean =>
  day.sessionCount + day.ciSessionCount + day.seatsClaimed > 0 ||
  (arePeaksKnown && day.maxConcurrentSessions + day.maxConcurrentCiSessions > 0);

const NO_PEAKS = { maxConcurrentSessions: null, maxConcurrentCiSessions: null, maxConcurrentPreviews: null };

// Whether a user of an open day was seen on another one is known when both are closed.
const newUsersWhere = (isQuiet: boolean, { newUsers, ...day }: ExpectedDay) => ({
  ...day,
  ...(isQuiet ? { newUsers } : {}),
  denials: 0,
});

const trendOf = (row: Row, isQuiet: boolean) => ({
  date: new Date(Number(row["Day (UTC)"])).toISOString().slice(0, 10),
  sessionCount: row["Sessions"],
  sessionTimeSeconds: secondsOf(row["Session time"]),
  ciSessionCount: row["CI sessions"],
  ciSessionTimeSeconds: secondsOf(row["CI session time"]),
  previewCount: row["Previews"],
  previewTimeSeconds: secondsOf(row["Preview time"]),
  activeUsers: row["Active users"],
  maxConcurrentSessions: row["Most sessions at once"],
  maxConcurrentCiSessions: row["Most CI sessions at once"],
  maxConcurrentPreviews: row["Most previews at once"],
  seatsClaimed: row["Seats claimed"],
  denials: row["Denials"],
  ...(isQuiet ? { newUsers: row["New users"] } : {}),
});

const dayOf = (time: number): number => Math.floor(time / DAY) * DAY;
