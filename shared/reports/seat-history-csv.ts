import type { SeatHistoryDay } from "../contract/responses.ts";

/**
 * The seat history as CSV (RFC 4180: comma, CRLF, a header line), named and ordered as in the JSON answer. What is not known
 * is empty. So is the maximum of a day without one: its `held` is a number.
 */
export const writeSeatHistoryCsv = (days: readonly SeatHistoryDay[]): string => {
  const lines = days.map((day) => COLUMNS.map((column) => day[column] ?? "").join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
};

const COLUMNS = [
  "date",
  "held",
  "max_seats",
  "overage",
  "denials",
  "active_users",
  "idle_7_days",
  "idle_14_days",
  "idle_30_days",
  "rebuilt",
] as const satisfies (keyof SeatHistoryDay)[];
