import { UsageReportQuery } from "../../contract/queries.ts";
import type { PrimaryKey } from "../../contract/responses.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import { renderUsageReport } from "../../reports/content.ts";
import { buildUsageReport } from "../../reports/usage-report.ts";
import { endedSessionsOfDay } from "../../sessions/ended-sessions.ts";
import { listOperators } from "../../sessions/list.ts";
import type { Operator } from "../../sessions/operator.ts";
import { countRunningCi } from "../../sessions/running.ts";
import { partRange, readUsage } from "../../usage/read.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { attachment } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/reports/usage`: what the sessions that ended in a period add up to, as a file. */
export const getUsageReport =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, UsageReportQuery);
    const { table } = runtime;
    const license = await heldLicense(runtime.license);
    const period = { from: query.from, to: query.to ?? now };
    const usage = await readUsage(table, period, now, (part) => {
      const { day, range } = partRange(part);
      return endedSessionsOfDay(table, day, range);
    });
    const operators = await listOperators(table);
    const report = buildUsageReport({
      ...usage,
      license: { maxSeats: license.terms.maxSeats, type: license.terms.type },
      primaryKey: query.primary_key ?? defaultKey(license),
      period,
      running: { ciSessions: await countRunningCi(table, operators) },
      maxConcurrentCiSessions: null,
      operator: lastHeard(operators),
    });
    const { contentType, fileName, body } = await renderUsageReport(query.format, report, now);
    return attachment(contentType, fileName, body);
  };

const defaultKey = ({ terms }: LicenseFile): PrimaryKey =>
  terms.trackingMode === "KubernetesUser" ? "username" : "machine_id";

const lastHeard = (operators: readonly Operator[]): { version: string; lastEvent: number } | undefined =>
  operators.reduce<{ version: string; lastEvent: number } | undefined>((last, { version, lastHeartbeat }) => {
    if (version === undefined || lastHeartbeat === undefined) return last;
    return last === undefined || lastHeartbeat > last.lastEvent ? { version, lastEvent: lastHeartbeat } : last;
  }, undefined);
