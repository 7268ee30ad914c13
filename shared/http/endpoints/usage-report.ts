import { UsageReportQuery } from "../../contract/queries.ts";
import { csvContent, jsonContent, type ReportContent, type ReportFormat, xlsxContent } from "../../reports/content.ts";
import { makeUsageReport, type UsageReportDeps, type UsageReportRequest } from "../../reports/make-usage-report.ts";
import { makeUsageWorkbook } from "../../reports/make-usage-workbook.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { attachment } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/reports/usage`: the usage of the sessions that ended in a period, as a file. */
export const getUsageReport =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, UsageReportQuery);
    const license = await heldLicense(runtime.license);
    const names = await shownNames(runtime);
    const { contentType, fileName, body } = await FILES[query.format](
      { table: runtime.table, license, anchorDay: runtime.env.SEATS_ANCHOR_DAY, names },
      { period: { from: query.from, to: query.to ?? now }, primaryKey: query.primary_key, now },
    );
    return attachment(contentType, fileName, body);
  };

const FILES: Record<ReportFormat, (deps: UsageReportDeps, request: UsageReportRequest) => Promise<ReportContent>> = {
  xlsx: async (deps, request) => xlsxContent(await makeUsageWorkbook(deps, request), request.now),
  json: async (deps, request) => jsonContent(await makeUsageReport(deps, request)),
  csv: async (deps, request) => csvContent(await makeUsageReport(deps, request)),
};
