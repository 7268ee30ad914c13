import type { REPORT_FORMATS } from "../contract/queries.ts";
import type { UsageReport } from "../contract/responses.ts";
import type { EpochMs } from "../contract/time.ts";
import { writeUsageCsv } from "./csv.ts";

export type ReportFormat = (typeof REPORT_FORMATS)[number];

export type ReportContent = { contentType: string; fileName: string; body: string | Buffer };

/**
 * The report as a file: the bytes of an xlsx, the text of a json or csv. Its name carries the days of the period, as
 * `mirrord-usage_2026-10-01_2026-11-01.xlsx`, and `all` where that has no beginning. `createdAt` stands in the xlsx.
 * @throws RangeError where an xlsx cannot hold that many users
 */
export const renderUsageReport = async (
  format: ReportFormat,
  report: UsageReport,
  createdAt: EpochMs,
): Promise<ReportContent> => {
  const { from, to } = report.generalMetrics.reportPeriod;
  const fileName = `mirrord-usage_${from === null ? "all" : dayOfText(from)}_${dayOfText(to)}.${format}`;
  return { contentType: CONTENT_TYPES[format], fileName, body: await WRITERS[format](report, createdAt) };
};

const CONTENT_TYPES: Record<ReportFormat, string> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  json: "application/json",
  csv: "text/csv; charset=utf-8; header=present",
};

const WRITERS: Record<ReportFormat, (report: UsageReport, createdAt: EpochMs) => string | Promise<Buffer>> = {
  // Loaded when first asked for: reading in exceljs takes longer than the other formats take to write.
  xlsx: async (report, createdAt) => (await import("./xlsx.ts")).writeUsageXlsx(report, createdAt),
  json: (report) => JSON.stringify(report),
  csv: (report) => writeUsageCsv(report),
};

const dayOfText = (rfc3339: string): string => rfc3339.slice(0, rfc3339.indexOf("T"));
