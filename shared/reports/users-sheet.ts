import type { UsageReport } from "../contract/responses.ts";
import { type Cell, countCell, dateCell, durationCell, meanCell, textCell } from "./cells.ts";

type User = UsageReport["userMetrics"][number];

/** The columns of the *Users* sheet: a heading, and the cell of a user. The identifier comes first. */
export const USER_COLUMNS: readonly { heading: string; cellOf: (user: User) => Cell }[] = [
  { heading: "Identifier", cellOf: (user) => textCell(user.identifier) },
  { heading: "First activity (UTC)", cellOf: (user) => dateCell(user.firstActive) },
  { heading: "Last seen (UTC)", cellOf: (user) => dateCell(user.lastSeen) },
  { heading: "Sessions", cellOf: (user) => countCell(user.totalSessionCount) },
  { heading: "Total session time", cellOf: (user) => durationCell(user.totalSessionTimeSeconds) },
  { heading: "Mean session duration", cellOf: (user) => durationCell(user.averageSessionDurationSeconds) },
  { heading: "Mean daily sessions", cellOf: (user) => meanCell(user.averageDailySessions) },
];
