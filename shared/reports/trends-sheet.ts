import type { TrendDay } from "../contract/responses.ts";
import { countCell, countOrBlankCell, dayCell, durationCell } from "./cells.ts";
import type { TableSheet } from "./table-sheet.ts";

/** The *Trends* sheet: day by day, the oldest first. A peak that is not known yet is an empty cell. */
export const trendsSheet = (rows: readonly TrendDay[]): TableSheet<TrendDay> => ({
  name: "Trends",
  rows,
  columns: [
    { heading: "Day (UTC)", cellOf: (day) => dayCell(day.date) },
    { heading: "Sessions", cellOf: (day) => countCell(day.sessionCount) },
    { heading: "Session time", cellOf: (day) => durationCell(day.sessionTimeSeconds) },
    { heading: "CI sessions", cellOf: (day) => countCell(day.ciSessionCount) },
    { heading: "CI session time", cellOf: (day) => durationCell(day.ciSessionTimeSeconds) },
    { heading: "Active users", cellOf: (day) => countCell(day.activeUsers) },
    { heading: "New users", cellOf: (day) => countCell(day.newUsers) },
    { heading: "Most sessions at once", cellOf: (day) => countOrBlankCell(day.maxConcurrentSessions) },
    { heading: "Most CI sessions at once", cellOf: (day) => countOrBlankCell(day.maxConcurrentCiSessions) },
    { heading: "Seats claimed", cellOf: (day) => countCell(day.seatsClaimed) },
    { heading: "Denials", cellOf: (day) => countCell(day.denials) },
    { heading: "Previews", cellOf: (day) => countCell(day.previewCount) },
    { heading: "Preview time", cellOf: (day) => durationCell(day.previewTimeSeconds) },
    { heading: "Most previews at once", cellOf: (day) => countOrBlankCell(day.maxConcurrentPreviews) },
  ],
});

/** Whether anything happened on any of these days. */
export const hasTrends = (days: readonly TrendDay[]): boolean =>
  days.some(({ date: _, ...figures }) => Object.values(figures).some((figure) => (figure ?? 0) > 0));
