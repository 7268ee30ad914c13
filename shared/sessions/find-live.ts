import { liveList, sessionKey } from "../contract/keys.ts";
import { SECOND_MS } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import { digestOf, sameDigest } from "../operators/live-set.ts";
import type { Operator } from "../operators/operator.ts";
import { inParallel } from "../store/parallel.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import type { Moment } from "./deps.ts";
import { matches, type SessionFilter } from "./list.ts";
import { isLiveAt, type LiveSession, sessionRecord } from "./record.ts";

const OPERATORS_AT_ONCE = 8;
/** The index mostly lags by less than one of these; a digest that is off for another reason must not hold a kill up for long. */
const LOOK_AGAIN_AFTER_MS = SECOND_MS / 2;
const MOST_LOOKS = 4;
const LOOKING_MS = 5 * SECOND_MS;

/** The live sessions of a filter, by the operator they run under. */
export type FoundSessions = ReadonlyMap<string, readonly LiveSession[]>;

/** What is live of a filter, as far as the index shows it: what started a moment ago may be missing. */
export const findLive = async (table: Table, filter: SessionFilter): Promise<FoundSessions> =>
  byOperator((await look(table, filter)).sessions);

/**
 * The same, with patience: looks again, a few times, until the index shows of each operator what its item counts. A start or
 * an end that was answered before stands in that count, so then none is missing.
 */
export const findLivePatiently = async (
  { table, pace }: { table: Table; pace: Pace },
  filter: SessionFilter,
  { now }: Moment,
): Promise<FoundSessions> => {
  const found = new Map<string, LiveSession>();
  for (let looks = 1; ; looks += 1) {
    const { sessions, complete } = await look(table, filter);
    for (const session of sessions) found.set(session.sessionId, session);
    if (complete || looks >= MOST_LOOKS || pace.now() - now >= LOOKING_MS) return byOperator(found.values());
    await pace.sleep(LOOK_AGAIN_AFTER_MS);
  }
};

/** The operators that a filter leaves, as they are just now. */
export const operatorsOf = async (table: Table, { cluster }: SessionFilter): Promise<Operator[]> =>
  (await listOperators(table, { consistent: true })).filter(
    (operator) => cluster === undefined || operator.cluster === cluster,
  );

type Look = { sessions: LiveSession[]; complete: boolean };

const look = async (table: Table, filter: SessionFilter): Promise<Look> => {
  const seen: Look = { sessions: [], complete: true };
  // Before the index: what started since the operators were read need not be shown.
  await inParallel(await operatorsOf(table, filter), OPERATORS_AT_ONCE, async ({ instanceId, digest }) => {
    const shown = (await table.query({ partition: liveList(instanceId), index: true })).map(sessionRecord);
    if (!sameDigest(digest, digestOf(shown.map(({ sessionId }) => sessionId)))) seen.complete = false;
    const keys = shown.filter((session) => matches(session, filter)).map(({ sessionId }) => sessionKey(sessionId));
    // The index goes on showing for a while what has just ended, so the table has the word.
    const records = (await table.batchGet(keys, { consistent: true })).map(sessionRecord);
    seen.sessions.push(...records.filter(isLiveAt({ instanceId })));
  });
  return seen;
};

const byOperator = (sessions: Iterable<LiveSession>): FoundSessions =>
  Map.groupBy(sessions, ({ instanceId }) => instanceId);
