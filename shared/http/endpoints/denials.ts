import { DenialReportQuery } from "../../contract/queries.ts";
import { DAY_MS, FIRST_TIME } from "../../contract/time.ts";
import { makeDenialReport } from "../../reports/denial-report.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

const DEFAULT_DAYS = 30;

/** `GET /api/v1/reports/denials`: who was refused a seat. Without `from`, it covers the last 30 days. */
export const getDenials =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, DenialReportQuery);
    const license = await heldLicense(runtime.license);
    const deps = { table: runtime.table, anchorDay: runtime.env.SEATS_ANCHOR_DAY, names: await shownNames(runtime) };
    const to = query.to ?? now + 1;
    const from = query.from ?? Math.max(FIRST_TIME, Math.min(to, now) - DEFAULT_DAYS * DAY_MS);
    return json(200, await makeDenialReport(deps, { from, to, now, license }));
  };
