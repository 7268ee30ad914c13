import * as v from "valibot";
import { Time } from "../contract/requests.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import { type DayLog, isLogPosition, type LogRange, listDayLog } from "../store/day-log.ts";
import type { Item, Table } from "../store/table.ts";
import { KeyTime, readCursor, writeCursor } from "./cursor.ts";

const DEFAULT_DAYS = 30;

export type LogQuery = {
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
  cursor?: string | undefined;
};

/**
 * A page of a log that is kept by day, oldest first. Without `from`, it covers the last 30 days. Throws a 400 for a cursor that
 * this route did not give.
 */
export const readLogPage = async (
  table: Table,
  log: DayLog,
  query: LogQuery,
  { now, retentionDays }: { now: EpochMs; retentionDays: number },
): Promise<{ rows: Item[]; next: string | null }> => {
  const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor, cursorFor(log, query));
  // All pages of one list have the range of the first, although time passes between them.
  const range = cursor?.range ?? { from: query.from ?? now - DEFAULT_DAYS * DAY_MS, to: query.to ?? now + 1 };
  const kept = now - retentionDays * DAY_MS;
  const days = { first: dayOf(kept), last: dayOf(now) };
  const page = await listDayLog(table, log, { range, days, limit: query.limit, position: cursor?.position });
  return {
    rows: page.rows.filter(({ time }) => String(time) >= formatTime(kept)),
    next: page.next === undefined ? null : writeCursor({ range: texts(range), position: page.next }),
  };
};

const texts = ({ from, to }: LogRange) => ({ from: formatTime(from), to: formatTime(to) });

// A row's sort key: its time, and ids and hashes that make it unique.
const RowKey = v.pipe(
  v.string(),
  v.check((sk) => {
    const end = sk.indexOf("#");
    return v.is(KeyTime, sk.slice(0, end)) && /^[A-Za-z0-9._:@/+=#-]{1,400}$/.test(sk.slice(end + 1));
  }),
);

const Cursor = v.strictObject({
  range: v.strictObject({ from: Time, to: Time }),
  position: v.strictObject({
    day: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
    after: v.optional(v.strictObject({ pk: v.string(), sk: RowKey })),
  }),
});

const cursorFor = (log: DayLog, { from, to }: Pick<LogQuery, "from" | "to">) =>
  v.pipe(
    Cursor,
    v.check(({ range }) => (from ?? range.from) === range.from && (to ?? range.to) === range.to),
    v.check(({ range, position }) => isLogPosition(log, position, range)),
  );
