import { endedList } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";
import type { CountedSession } from "../usage/counted.ts";
import { type OverSession, type SessionRecord, sessionRecord, usageIdentityOf } from "./record.ts";

/** An ended session as the rollups count it. */
export const countedSession = (session: OverSession): CountedSession => ({
  sessionId: session.sessionId,
  identity: usageIdentityOf(session),
  startedAt: session.startedAt,
  endedAt: session.endedAt,
  seconds: session.seconds,
  shard: session.shard,
});

export const isOver = (session: SessionRecord): session is OverSession => session.state !== "live";

/** The sessions that the index shows as ended on a day, or in a part of it (`from` to `to`, both contained). */
export const endedSessionsOfDay = async (
  table: Table,
  day: string,
  range?: { from: string; to: string },
): Promise<CountedSession[]> => {
  const items = await table.query({
    partition: endedList(day),
    index: true,
    ...(range === undefined ? {} : { range }),
  });
  return items.map(sessionRecord).filter(isOver).map(countedSession);
};
