import { MAX_TREND_DAYS } from "../contract/queries.ts";
import { DAY_MS, type EpochMs, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "../usage/beginning.ts";
import { readTrends } from "../usage/trends.ts";
import { makeDenialReport } from "./denial-report.ts";
import { makeUsageReport, type UsageReportDeps, type UsageReportRequest } from "./make-usage-report.ts";
import type { UsageWorkbook } from "./workbook.ts";

/**
 * The usage report of a period with what else a workbook shows of it, day by day up to today. The trends are those of the
 * period's last `MAX_TREND_DAYS` days at most, since each day may be a read of its own; the denials are those of all its
 * days, since they are read by billing periods.
 */
export const makeUsageWorkbook = async (deps: UsageReportDeps, request: UsageReportRequest): Promise<UsageWorkbook> => {
  const { table, license, anchorDay, names } = deps;
  const { period, now } = request;
  const to = Math.min(period.to, now + 1);
  const from = period.from ?? (await beginning(table, to));
  const lastDay = Math.floor((to - 1) / DAY_MS) * DAY_MS;
  const trendsFrom = Math.max(from, lastDay - (MAX_TREND_DAYS - 1) * DAY_MS);
  const [report, trends, denials] = await Promise.all([
    makeUsageReport(deps, request),
    readTrends({ table }, { from: trendsFrom, to, now, trackingMode: license.terms.trackingMode }),
    makeDenialReport({ table, anchorDay, names }, { from, to, now, license }),
  ]);
  return { report, trends, denials };
};

/** When the first day began of which there is anything to tell; where there is none before the end, the end. */
const beginning = async (table: Table, end: EpochMs): Promise<EpochMs> => {
  const day = await readBeginning(table);
  return day === undefined ? end : Math.min(startOf(day), end);
};
