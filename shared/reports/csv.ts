import type { UsageReport } from "../contract/responses.ts";

/**
 * The report's users as CSV (RFC 4180: comma, CRLF, a header line), named and ordered as in the JSON report: times in
 * RFC 3339, durations in seconds. UTF-8 without a byte order mark: a parser would read the mark as part of the first
 * column's name.
 *
 * No name that a user chose opens as a formula (OWASP "CSV Injection"). Every name is quoted. A name that begins with
 * = + - @ (also full-width, also after blanks) or with a control character such as tab or CR gets an apostrophe in front.
 * So does a name that begins with an apostrophe: removing one leading apostrophe gives every name back.
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

const STARTS_A_FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\p{Cc}'])/u;

/** One field. A text is quoted and does not open as a formula. */
export const csvField = (value: string | number): string => {
  if (typeof value === "number") return String(value);
  const text = STARTS_A_FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
};
