import * as v from "valibot";
import { AuditQuery } from "../../contract/queries.ts";
import { Time } from "../../contract/requests.ts";
import type { AuditListResponse } from "../../contract/responses.ts";
import { DAY_MS, dayOf, formatTime } from "../../contract/time.ts";
import { type AuditRange, isAuditPosition, listAudit } from "../../store/audit-list.ts";
import type { Item } from "../../store/table.ts";
import { KeyText, readCursor, writeCursor } from "../cursor.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

const DEFAULT_DAYS = 30;

/** `GET /api/v1/audit`: who did what, the oldest first; without `from`, of the last 30 days. */
export const getAudit =
  ({ table, env }: Runtime): Endpoint =>
  async (request, { now }) => {
    const query = parseQuery(request, AuditQuery);
    const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor, cursorFor(query));
    // The pages of one list are of one range, though the clock goes on between them.
    const range = cursor?.range ?? { from: query.from ?? now - DEFAULT_DAYS * DAY_MS, to: query.to ?? now + 1 };
    const days = { first: dayOf(now - env.RETENTION_SESSIONS_DAYS * DAY_MS), last: dayOf(now) };
    const page = await listAudit(table, { range, days, limit: query.limit, position: cursor?.position });
    const body: AuditListResponse = {
      entries: page.rows.map(shown),
      next: page.next === undefined ? null : writeCursor({ range: texts(range), position: page.next }),
    };
    return json(200, body);
  };

const texts = ({ from, to }: AuditRange) => ({ from: formatTime(from), to: formatTime(to) });

const Cursor = v.strictObject({
  range: v.strictObject({ from: Time, to: Time }),
  position: v.strictObject({
    day: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
    after: v.optional(v.strictObject({ pk: KeyText, sk: KeyText })),
  }),
});

const cursorFor = ({ from, to }: { from?: number | undefined; to?: number | undefined }) =>
  v.pipe(
    Cursor,
    v.check(({ range }) => (from ?? range.from) === range.from && (to ?? range.to) === range.to),
    v.check(({ range, position }) => isAuditPosition(position, range)),
  );

const shown = (row: Item): AuditListResponse["entries"][number] => {
  const { pk: _pk, sk: _sk, v: _v, expiresAt: _expiresAt, time, action, actor, ...details } = row;
  return {
    time: String(time),
    action: String(action),
    actor: String(actor),
    details: Object.fromEntries(Object.entries(details).map(([name, value]) => [snakeCase(name), String(value)])),
  };
};

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
