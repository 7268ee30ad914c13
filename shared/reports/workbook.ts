import type { DenialReport, TrendDay, UsageReport } from "../contract/responses.ts";

/** The content of a workbook: the usage report, and the other sheets of the same period. */
export type UsageWorkbook = {
  report: UsageReport;
  /** The oldest day first. */
  trends: readonly TrendDay[];
  denials: DenialReport;
};
