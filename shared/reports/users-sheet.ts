import type { UsageReport } from "../contract/responses.ts";
import { countCell, dateCell, durationCell, meanCell } from "./cells.ts";
import { nameColumn, type TableSheet } from "./table-sheet.ts";

type User = UsageReport["userMetrics"][number];

/** The *Users* sheet: the rows of the CSV, in the same order. */
export const usersSheet = ({ userMetrics: rows }: UsageReport): TableSheet<User> => ({
  name: "Users",
  rows,
  columns: [
    nameColumn("Identifier", (user) => user.identifier),
    nameColumn("Name", (user) => user.displayName ?? ""),
    nameColumn("Machine", (user) => user.machine ?? ""),
    { heading: "First activity (UTC)", cellOf: (user) => dateCell(user.firstActive) },
    { heading: "Last seen (UTC)", cellOf: (user) => dateCell(user.lastSeen) },
    { heading: "Sessions", cellOf: (user) => countCell(user.totalSessionCount) },
    { heading: "Total session time", cellOf: (user) => durationCell(user.totalSessionTimeSeconds) },
    { heading: "Mean session duration", cellOf: (user) => durationCell(user.averageSessionDurationSeconds) },
    { heading: "Mean daily sessions", cellOf: (user) => meanCell(user.averageDailySessions) },
    { heading: "Without a seat", cellOf: (user) => countCell(user.deniedSessionCount ?? 0) },
  ],
});
