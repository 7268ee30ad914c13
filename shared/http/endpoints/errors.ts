import { operatorErrorPartitions } from "../../contract/keys.ts";
import { ErrorReportQuery } from "../../contract/queries.ts";
import type { ErrorReport } from "../../contract/responses.ts";
import type { Item } from "../../store/table.ts";
import { readLogPage } from "../day-log.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/reports/errors`: what operators reported, oldest first. Without `from`, it covers the last 30 days. */
export const getErrors =
  ({ table, env }: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, ErrorReportQuery);
    const retentionDays = env.RETENTION_OPERATOR_ERRORS_DAYS;
    const { rows, next } = await readLogPage(table, operatorErrorPartitions, query, { now, retentionDays });
    const body: ErrorReport = { entries: rows.map(shown), next };
    return json(200, body);
  };

const shown = (row: Item): ErrorReport["entries"][number] => ({
  timestamp: String(row["time"]),
  error: String(row["error"]),
  operator_version: String(row["operatorVersion"]),
  license_hash: typeof row["licenseHash"] === "string" ? row["licenseHash"] : null,
  instance_id: String(row["instanceId"]),
});
