import type { UsageReport } from "../contract/responses.ts";

/**
 * The report's users as CSV (RFC 4180: comma, CRLF, a header line), named and ordered as in the JSON report: times in
 * RFC 3339, durations in seconds. UTF-8 is meant, without a byte order mark: a parser would take one for a part of the
 * first column's name.
 *
 * Nothing a user chose as a name opens as a formula (OWASP "CSV Injection"): every name stands in quotes, and one that
 * begins with = + - @ (also full-width, also behind blanks) or with a control character, as tab and CR are, gets an
 * apostrophe before it. So does a name that begins with an apostrophe: whoever takes one leading apostrophe away has
 * every name as it was.
 */
export const writeUsageCsv = (report: UsageReport): string => {
  const lines = report.userMetrics.map((user) => COLUMNS.map((column) => csvField(user[column])).join(","));
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
] as const satisfies (keyof UsageReport["userMetrics"][number])[];

const STARTS_A_FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\p{Cc}'])/u;

/** One field, in which a text is quoted and opens as no formula. */
export const csvField = (value: string | number): string => {
  if (typeof value === "number") return String(value);
  const text = STARTS_A_FORMULA.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
};
