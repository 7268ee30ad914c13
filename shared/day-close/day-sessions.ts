import { endedList, liveList, ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import type { SessionKind } from "../contract/requests.ts";
import { dayOf, type EpochMs, HOUR_MS } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import type { SeatClient } from "../seats/book.ts";
import type { Moment } from "../sessions/deps.ts";
import { countedHow, kindOfSession, type SessionRecord, sessionRecord } from "../sessions/record.ts";
import { type LastOnSeat, lastOnSeats } from "../sessions/seats-seen.ts";
import { inParallel } from "../store/parallel.ts";
import type { Item, Table } from "../store/table.ts";
import { endOf, longestMs, SETTLED_MS } from "../usage/closing.ts";
import { combinationName, NO_RUN } from "../usage/combinations.ts";
import type { Span } from "../usage/concurrency.ts";
import { type DaySums, daySums } from "../usage/day-sums.ts";
import { usageRow } from "../usage/rollup-item.ts";

/** The time a session ran, and little more: with many sessions at once, more would not fit into a function's memory. */
export type SessionSpan = Span & {
  sessionId: string;
  kind: SessionKind;
  /** The name of the combination that a machine session counts in. */
  run?: string | undefined;
};

/** A running session. It ends at the latest after the longest time that a session can last. */
export type LiveSpan = SessionSpan & { createdAt: EpochMs; user: SeatClient };

export type LiveSpans = {
  spans: LiveSpan[];
  /** False if a session was just moving to another operator: it may be in neither list then. */
  complete: boolean;
};

/** How many operators' lists are read at a time: as many calls as a table makes at once. */
const LISTS_AT_ONCE = 16;
/** An operator has no live session once it is given up. A session that was being started just then shows within minutes. */
const LOOKED_AT_MS = HOUR_MS;

/**
 * The live sessions, as the index shows them. Undefined if they could not be read before the deadline. Most operators of a
 * large table were given up long ago: their lists are empty, and are not read.
 */
export const readLiveSpans = async (
  table: Table,
  { now, deadline }: Moment,
  clock: () => EpochMs,
): Promise<LiveSpans | undefined> => {
  const spans: LiveSpan[] = [];
  const mayRun = (await listOperators(table)).filter(
    ({ givenUpAt }) => givenUpAt === undefined || now - givenUpAt < LOOKED_AT_MS,
  );
  await inParallel(mayRun, LISTS_AT_ONCE, async ({ instanceId }) => {
    if (clock() >= deadline) return;
    await eachSession(table, liveList(instanceId), (session) => {
      const latestEnd = session.startedAt + longestMs(kindOfSession(session));
      const { id, kubernetesUsername } = session.client;
      const user = { id, kubernetesUsername };
      spans.push({ ...spanOf(session, latestEnd), createdAt: session.createdAt, user });
    });
  });
  if (clock() >= deadline) return undefined;
  // A move is announced before it happens, so a consistent read afterwards sees each.
  const operators = await listOperators(table, { consistent: true });
  const complete = operators.every(({ newcomersAt }) => newcomersAt === undefined || newcomersAt <= now - SETTLED_MS);
  return { spans, complete };
};

export type EndedOnDay = {
  sums: DaySums;
  spans: SessionSpan[];
  /** For each seat the session that was last known to be live. */
  seen: ReadonlyMap<string, LastOnSeat>;
  /** The earliest start of any of them. */
  earliestStart: EpochMs;
  /** Sessions that the server learned of only when an earlier day of theirs may have been closed. */
  reportedLate: Pick<LiveSpan, "from" | "createdAt" | "kind">[];
  /** Whether the sessions are exactly those that the day's sums count. */
  complete: boolean;
  /** Whether they are at least as many. */
  caughtUp: boolean;
};

/** The sessions that ended on a day: summed from the rollups, and one by one from the index. */
export const readEndedOn = async (table: Table, day: string): Promise<EndedOnDay> => {
  const range = { prefix: ROLLUP_PREFIX };
  // Read before the index, which lags: if it shows less than this, it does not show all.
  const rows = await table.query({ partition: rollupPartition(day), range, consistent: true });
  const sums = daySums(rows.map(usageRow));
  const spans: SessionSpan[] = [];
  const reportedLate: EndedOnDay["reportedLate"] = [];
  const seen = new Map<string, LastOnSeat>();
  let seconds = 0;
  let earliestStart = sums.earliestStart;
  await eachSession(table, endedList(day), (session) => {
    if (session.state === "live") return;
    spans.push(spanOf(session, session.endedAt));
    const { startedAt: from, createdAt } = session;
    if (dayOf(from) < day && createdAt >= endOf(dayOf(from)) + SETTLED_MS)
      reportedLate.push({ from, createdAt, kind: kindOfSession(session) });
    seconds += session.seconds;
    lastOnSeats([{ ...session, state: session.state }], seen);
    earliestStart = Math.min(earliestStart, session.startedAt);
  });
  const counted = sums.sessions + sums.ciSessions + sums.previewSessions;
  const isComplete = spans.length === counted && seconds === sums.seconds + sums.ciSeconds + sums.previewSeconds;
  return { sums, spans, seen, earliestStart, reportedLate, complete: isComplete, caughtUp: spans.length >= counted };
};

const spanOf = (session: SessionRecord, to: EpochMs): SessionSpan => ({
  sessionId: session.sessionId,
  kind: kindOfSession(session),
  run: runOf(session),
  from: session.startedAt,
  to,
});

const runOf = (session: SessionRecord): string | undefined => {
  const kind = kindOfSession(session);
  if (kind === "user") return undefined;
  const run = session.state === "live" ? countedHow(session).countedAs : session.countedAs;
  return combinationName({ kind, ...(run ?? NO_RUN) });
};

const eachSession = async (table: Table, list: string, see: (session: SessionRecord) => void): Promise<void> => {
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({ partition: list, index: true, startKey });
    for (const item of page.items) see(sessionRecord(item));
    startKey = page.next;
  } while (startKey !== undefined);
};
