import { MAX_TREND_DAYS } from "../contract/queries.ts";
import { DAY_MS, type EpochMs, monthOf, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readUsageSince } from "../usage/since.ts";
import { readTrends } from "../usage/trends.ts";
import { makeDenialReport } from "./denial-report.ts";
import { makeUsageReport, type UsageReportDeps, type UsageReportRequest } from "./make-usage-report.ts";
import type { UsageWorkbook } from "./workbook.ts";

/**
 * The usage report of a period with what else a workbook shows of it. The trends are those of the period's last
 * `MAX_TREND_DAYS` days at most, since each day is a read of its own.
 */
export const makeUsageWorkbook = async (deps: UsageReportDeps, request: UsageReportRequest): Promise<UsageWorkbook> => {
  const { table, license, anchorDay, names } = deps;
  const { period, now } = request;
  const from = await beginning(table, request);
  const to = Math.min(period.to, now + DAY_MS);
  const [report, trends, denials] = await Promise.all([
    makeUsageReport(deps, request),
    readTrends(
      { table },
      { from: Math.max(from, to - MAX_TREND_DAYS * DAY_MS), to, now, trackingMode: license.terms.trackingMode },
    ),
    makeDenialReport({ table, anchorDay, names }, { from, to: period.to, now, license }),
  ]);
  return { report, trends, denials };
};

/** Where a period begins, or, where it is open, the usage. */
const beginning = async (table: Table, { period, now }: UsageReportRequest): Promise<EpochMs> => {
  if (period.from !== undefined) return period.from;
  const since = (await readUsageSince(table)) ?? monthOf(Math.min(period.to, now));
  return Math.min(startOf(since), period.to);
};
