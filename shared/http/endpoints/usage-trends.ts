import { UsageTrendsQuery } from "../../contract/queries.ts";
import type { UsageTrends } from "../../contract/responses.ts";
import { DAY_MS, dayOf, formatTime, startOf } from "../../contract/time.ts";
import { readTrends } from "../../usage/trends.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/reports/usage/trends`: usage on each of the last days (UTC), today included. */
export const getUsageTrends =
  ({ table, license }: Runtime): Endpoint =>
  async (request, { now }) => {
    const { days } = parseQuery(request, UsageTrendsQuery);
    const { trackingMode } = (await heldLicense(license)).terms;
    const from = startOf(dayOf(now)) - (days - 1) * DAY_MS;
    const body: UsageTrends = {
      reportPeriod: { from: formatTime(from), to: formatTime(now) },
      // With the last millisecond, today counts even exactly at midnight.
      days: await readTrends({ table }, { from, to: now + 1, now, trackingMode }),
    };
    return json(200, body);
  };
