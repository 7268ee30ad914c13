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
/** The index mostly lags by less than this. A digest that is wrong for another reason must not delay a kill for long. */
const LOOK_AGAIN_AFTER_MS = SECOND_MS / 2;
const MOST_LOOKS = 4;
const LOOKING_MS = 5 * SECOND_MS;

/** The live sessions of a filter, by the operator they run under. */
export type FoundSessions = ReadonlyMap<string, readonly LiveSession[]>;

/** The live sessions of a filter, as far as the index shows them. Sessions that just started may be missing. */
export const findLive = async (table: Table, filter: SessionFilter): Promise<FoundSessions> =>
  byOperator((await look(table, filter)).sessions);

/**
 * The same, but reads again, a few times, until the index shows as many sessions of each operator as its item counts. The
 * count includes every start and end that was answered before, so then no session is missing.
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

/** The operators of a filter, read consistently. */
export const operatorsOf = async (table: Table, { cluster }: SessionFilter): Promise<Operator[]> =>
  (await listOperators(table, { consistent: true })).filter(
    (operator) => cluster === undefined || operator.cluster === cluster,
  );

type Look = { sessions: LiveSession[]; complete: boolean };

const look = async (table: Table, filter: SessionFilter): Promise<Look> => {
  const seen: Look = { sessions: [], complete: true };
  // Read operators before the index: sessions that start after this need not be found.
  await inParallel(await operatorsOf(table, filter), OPERATORS_AT_ONCE, async ({ instanceId, digest }) => {
    const shown = (await table.query({ partition: liveList(instanceId), index: true })).map(sessionRecord);
    if (!sameDigest(digest, digestOf(shown.map(({ sessionId }) => sessionId)))) seen.complete = false;
    const keys = shown.filter((session) => matches(session, filter)).map(({ sessionId }) => sessionKey(sessionId));
    // The index shows ended sessions for a moment longer, so the table decides.
    const records = (await table.batchGet(keys, { consistent: true })).map(sessionRecord);
    seen.sessions.push(...records.filter(isLiveAt({ instanceId })));
  });
  return seen;
};

const byOperator = (sessions: Iterable<LiveSession>): FoundSessions =>
  Map.groupBy(sessions, ({ instanceId }) => instanceId);
