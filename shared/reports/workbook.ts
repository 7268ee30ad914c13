import type { DenialReport, TrendDay, UsageReport } from "../contract/responses.ts";

/** What a workbook tells: the usage report, and of the same period what has sheets of its own. */
export type UsageWorkbook = {
  report: UsageReport;
  /** The oldest day first. */
  trends: readonly TrendDay[];
  denials: DenialReport;
};
