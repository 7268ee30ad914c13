import type { REPORT_FORMATS } from "../contract/queries.ts";
import type { UsageReport } from "../contract/responses.ts";
import type { EpochMs } from "../contract/time.ts";
import { writeUsageCsv } from "./csv.ts";
import type { UsageWorkbook } from "./workbook.ts";

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/**
 * The report as a file. Its name has the days of the period in UTC, such as `mirrord-usage_2026-10-01_2026-11-01.xlsx`, or
 * `all` if the period has no beginning.
 */
export type ReportContent = { contentType: string; fileName: string; body: string | Buffer };

export const CONTENT_TYPES: Record<ReportFormat, string> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  json: "application/json",
  csv: "text/csv; charset=utf-8; header=present",
};

/**
 * The workbook's bytes. The workbook shows `createdAt`.
 * @throws RangeError if a sheet cannot hold that many rows
 */
export const xlsxContent = async (book: UsageWorkbook, createdAt: EpochMs): Promise<ReportContent> => {
  // Loaded at first use: loading exceljs takes longer than writing any other format.
  const { writeUsageXlsx } = await import("./xlsx.ts");
  return content("xlsx", book.report, await writeUsageXlsx(book, createdAt));
};

export const jsonContent = (report: UsageReport): ReportContent => content("json", report, JSON.stringify(report));

export const csvContent = (report: UsageReport): ReportContent => content("csv", report, writeUsageCsv(report));

const content = (format: ReportFormat, { generalMetrics }: UsageReport, body: string | Buffer): ReportContent => {
  const { from, to } = generalMetrics.reportPeriod;
  const fileName = `mirrord-usage_${from === null ? "all" : dayOfText(from)}_${dayOfText(to)}.${format}`;
  return { contentType: CONTENT_TYPES[format], fileName, body };
};

const dayOfText = (rfc3339: string): string => rfc3339.slice(0, rfc3339.indexOf("T"));
