import { MAX_TREND_DAYS } from "../contract/queries.ts";
import { DAY_MS, type EpochMs, startOf } from "../contract/time.ts";
import { readSeatHistory } from "../seats/history.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "../usage/beginning.ts";
import { readTrends } from "../usage/trends.ts";
import { makeDenialReport } from "./denial-report.ts";
import { makeUsageReport, type UsageReportDeps, type UsageReportRequest } from "./make-usage-report.ts";
import type { UsageWorkbook } from "./workbook.ts";

/**
 * The usage report of a period and the other parts of its workbook, day by day up to today. Trends cover at most the last
 * `MAX_TREND_DAYS` days of the period, because each day may need a read. Denials cover all its days, because they are read
 * by billing period.
 */
export const makeUsageWorkbook = async (deps: UsageReportDeps, request: UsageReportRequest): Promise<UsageWorkbook> => {
  const { table, license, anchorDay, names } = deps;
  const { period, now } = request;
  const to = Math.min(period.to, now + 1);
  const from = period.from ?? (await beginning(table, to));
  const lastDay = Math.floor((to - 1) / DAY_MS) * DAY_MS;
  const trendsFrom = Math.max(from, lastDay - (MAX_TREND_DAYS - 1) * DAY_MS);
  const [report, trends, denials, seatHistory] = await Promise.all([
    makeUsageReport(deps, request),
    readTrends({ table }, { from: trendsFrom, to, now, trackingMode: license.terms.trackingMode }),
    makeDenialReport({ table, anchorDay, names }, { from, to, now, license }),
    readSeatHistory(table, { from, to, now }),
  ]);
  return { report, trends, denials, seatHistory };
};

/** The beginning of the first day with data; the end of the period if no day before it has any. */
const beginning = async (table: Table, end: EpochMs): Promise<EpochMs> => {
  const day = await readBeginning(table);
  return day === undefined ? end : Math.min(startOf(day), end);
};
