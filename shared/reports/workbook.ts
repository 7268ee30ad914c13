import type { DenialReport, SeatHistoryDay, TrendDay, UsageReport } from "../contract/responses.ts";

/** The content of a workbook: the usage report, and the other sheets of the same period. */
export type UsageWorkbook = {
  report: UsageReport;
  /** The oldest day first. */
  trends: readonly TrendDay[];
  denials: DenialReport;
  /** The closed days, the oldest first. */
  seatHistory: readonly SeatHistoryDay[];
};
