import { endedList } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { isExpired } from "../store/expiry.ts";
import type { Table } from "../store/table.ts";
import type { CountedSession } from "../usage/counted.ts";
import { type OverSession, type SessionRecord, sessionRecord, usageIdentityOf } from "./record.ts";

/** An ended session as the rollups count it. */
export const countedSession = (session: OverSession): CountedSession => ({
  sessionId: session.sessionId,
  identity: usageIdentityOf(session, session.countedAs),
  createdAt: session.createdAt,
  startedAt: session.startedAt,
  endedAt: session.endedAt,
  seconds: session.seconds,
  shard: session.shard,
  denied: session.countedDenied === true,
});

export const isOver = (session: SessionRecord): session is OverSession => session.state !== "live";

/**
 * The sessions that the index shows as ended on a day, or in a part of it (`from` to `to`, both included). With `keptAt`,
 * sessions that have expired by then are left out: their deletion lags, and a report must not depend on that.
 */
export const endedSessionsOfDay = async (
  table: Table,
  day: string,
  range?: { from: string; to: string },
  keptAt?: EpochMs,
): Promise<CountedSession[]> => {
  const items = await table.query({
    partition: endedList(day),
    index: true,
    ...(range === undefined ? {} : { range }),
  });
  const kept = keptAt === undefined ? items : items.filter((item) => !isExpired(item, keptAt));
  return kept.map(sessionRecord).filter(isOver).map(countedSession);
};
