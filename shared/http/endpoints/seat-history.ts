import { SeatHistoryQuery } from "../../contract/queries.ts";
import type { SeatHistoryResponse } from "../../contract/responses.ts";
import { DAY_MS, FIRST_TIME, formatTime } from "../../contract/time.ts";
import { CONTENT_TYPES } from "../../reports/content.ts";
import { writeSeatHistoryCsv } from "../../reports/seat-history-csv.ts";
import { readSeatHistory } from "../../seats/history.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

const DEFAULT_DAYS = 30;

/** `GET /api/v1/seats/history`: the seats of each closed day. Without `from`, it covers the last 30 days. */
export const getSeatHistory =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, SeatHistoryQuery);
    const to = query.to ?? now;
    const from = query.from ?? Math.max(FIRST_TIME, Math.min(to, now) - DEFAULT_DAYS * DAY_MS);
    const days = await readSeatHistory(runtime.table, { from, to, now });
    if (query.format === "csv")
      return { status: 200, headers: { "content-type": CONTENT_TYPES.csv }, body: writeSeatHistoryCsv(days) };
    const body: SeatHistoryResponse = { from: formatTime(from), to: formatTime(to), days };
    return json(200, body);
  };
