import { NoQuery } from "../../contract/queries.ts";
import { readSessionCounts } from "../../operators/session-counts.ts";
import { readApplyStates } from "../../policies/catalog/apply-states.ts";
import { countDenials } from "../../seats/denial-totals.ts";
import { CONTENT_TYPES, writeExposition } from "../../telemetry/exposition.ts";
import { prefers } from "../accept.ts";
import type { Endpoint } from "../handler.ts";
import { lastSeatDay } from "../last-seat-day.ts";
import { metricFamilies } from "../metric-families.ts";
import { parseQuery } from "../parse.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";
import { userUsage } from "../user-usage.ts";

// The drafts before 1.0 are not supported.
const OPENMETRICS = { type: "application/openmetrics-text", version: "1.0.0" };

/**
 * `GET /metrics`: what Prometheus scrapes. It answers without a license, too: the metrics show that there is none. Its
 * cost grows with operators and with users that were denied a seat today, not with sessions. With per-user labels, it
 * grows with the users of the month, too.
 */
export const getMetrics = (runtime: Runtime): Endpoint => {
  const seatDay = lastSeatDay(() => runtime.table);
  const usageOfUsers = userUsage(() => runtime.table);
  return async (request, { now }) => {
    parseQuery(request, NoQuery);
    const { table, env, counts, staleMs } = runtime;
    const holding = await runtime.license();
    const license = holding.kind === "held" ? holding.license : undefined;
    const book = license && (await runtime.currentBook(license, now));
    // Scrapes are rare enough to read the count each time.
    counts.forget();
    const families = metricFamilies({
      now,
      license,
      seats: book && { used: await counts.get(book), max: book.max },
      denials: await countDenials(table, book),
      seatDay: await seatDay(now),
      counts: await readSessionCounts(table, staleMs, now),
      policyStates: await readApplyStates(table, staleMs, now),
      users: env.METRICS_PER_USER ? await usageOfUsers(await shownNames(runtime), now) : [],
    });
    const format = prefers(request.header("accept"), OPENMETRICS, "text/plain") ? "openmetrics" : "prometheus";
    return {
      status: 200,
      headers: { "content-type": CONTENT_TYPES[format], vary: "accept" },
      body: writeExposition(families, format),
    };
  };
};
