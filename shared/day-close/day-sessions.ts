import { endedList, liveList, ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import { type SessionRecord, sessionRecord } from "../sessions/record.ts";
import { type LastOnSeat, lastOnSeats } from "../sessions/seats-seen.ts";
import type { Item, Table } from "../store/table.ts";
import { endOf, LONGEST_SESSION_MS, SETTLED_MS } from "../usage/closing.ts";
import type { Span } from "../usage/concurrency.ts";
import { type DaySums, daySums } from "../usage/day-sums.ts";
import { usageRow } from "../usage/rollup-item.ts";

/** As little of a session as tells when it ran: of many sessions at once, more would not fit into a function. */
export type SessionSpan = Span & { sessionId: string; ci: boolean };

/** A running session: it ends at the latest when it has lasted as long as a session can. */
export type LiveSpan = SessionSpan & { createdAt: EpochMs };

export type LiveSpans = {
  spans: LiveSpan[];
  /** Whether none was just then moving to another operator: it may be in neither list then. */
  complete: boolean;
};

/** The sessions that run, as the index shows them. */
export const readLiveSpans = async (table: Table, now: EpochMs): Promise<LiveSpans> => {
  const spans: LiveSpan[] = [];
  for (const { instanceId } of await listOperators(table))
    await eachSession(table, liveList(instanceId), (session) => {
      const latestEnd = session.startedAt + LONGEST_SESSION_MS;
      spans.push({ ...spanOf(session, latestEnd), createdAt: session.createdAt });
    });
  // Those that move are announced before they do, so whoever looks afterwards and consistently learns of each.
  const operators = await listOperators(table, { consistent: true });
  const complete = operators.every(({ newcomersAt }) => newcomersAt === undefined || newcomersAt <= now - SETTLED_MS);
  return { spans, complete };
};

export type EndedOnDay = {
  sums: DaySums;
  spans: SessionSpan[];
  /** Of each seat the session that was known live last. */
  seen: ReadonlyMap<string, LastOnSeat>;
  /** The earliest start of any of them. */
  earliestStart: EpochMs;
  /** Those of which the server heard only when a day that they ran on before this one may have been fixed. */
  toldLate: Pick<LiveSpan, "from" | "createdAt">[];
  /** Whether the sessions are those that the day's sums count, and no other. */
  complete: boolean;
  /** Whether they are at least as many. */
  caughtUp: boolean;
};

/** The sessions that ended on a day: summed, as the rollups have them, and one by one, as the index shows them. */
export const readEndedOn = async (table: Table, day: string): Promise<EndedOnDay> => {
  const range = { prefix: ROLLUP_PREFIX };
  // Before the index, which lags: where it shows less than this, it does not show all.
  const rows = await table.query({ partition: rollupPartition(day), range, consistent: true });
  const sums = daySums(rows.map(usageRow));
  const spans: SessionSpan[] = [];
  const toldLate: EndedOnDay["toldLate"] = [];
  const seen = new Map<string, LastOnSeat>();
  let seconds = 0;
  let earliestStart = sums.earliestStart;
  await eachSession(table, endedList(day), (session) => {
    if (session.state === "live") return;
    spans.push(spanOf(session, session.endedAt));
    const { startedAt: from, createdAt } = session;
    if (dayOf(from) < day && createdAt >= endOf(dayOf(from)) + SETTLED_MS) toldLate.push({ from, createdAt });
    seconds += session.seconds;
    lastOnSeats([{ ...session, state: session.state }], seen);
    earliestStart = Math.min(earliestStart, session.startedAt);
  });
  const counted = sums.sessions + sums.ciSessions;
  const isComplete = spans.length === counted && seconds === sums.seconds + sums.ciSeconds;
  return { sums, spans, seen, earliestStart, toldLate, complete: isComplete, caughtUp: spans.length >= counted };
};

const spanOf = ({ sessionId, startedAt, ci }: SessionRecord, to: EpochMs): SessionSpan => ({
  sessionId,
  ci,
  from: startedAt,
  to,
});

const eachSession = async (table: Table, list: string, see: (session: SessionRecord) => void): Promise<void> => {
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({ partition: list, index: true, startKey });
    for (const item of page.items) see(sessionRecord(item));
    startKey = page.next;
  } while (startKey !== undefined);
};
