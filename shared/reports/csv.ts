import type { UsageReport } from "../contract/responses.ts";
import { csvField } from "./csv-field.ts";

/**
 * The report's users as CSV (RFC 4180: comma, CRLF, a header line), named and ordered as in the JSON report: times in
 * RFC 3339, durations in seconds. UTF-8 without a byte order mark: a parser would read the mark as part of the first
 * column's name.
 */
export const writeUsageCsv = (report: UsageReport): string => {
  const lines = report.userMetrics.map((user) => COLUMNS.map((column) => csvField(user[column] ?? "")).join(","));
  return [COLUMNS.join(","), ...lines, ""].join("\r\n");
};

const COLUMNS = [
  "identifier",
  "firstActive",
  "lastSeen",
  "totalSessionCount",
  "totalSessionTimeSeconds",
  "averageSessionDurationSeconds",
  "averageDailySessions",
  "displayName",
  "machine",
] as const satisfies (keyof UsageReport["userMetrics"][number])[];
