import { FULL_PAGE_BYTES } from "../contract/full-page.ts";
import { liveList } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { isAsked } from "../operators/kill-request.ts";
import { listOperators } from "../operators/list.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import type { Item, Table } from "../store/table.ts";
import { durationSeconds, type SessionClient, type SessionRecord, sessionRecord } from "./record.ts";

export type SessionFilter = {
  namespace?: string | undefined;
  /** Whose sessions; without it, everybody's. */
  isOf?: ((client: SessionClient) => boolean) | undefined;
  cluster?: string | undefined;
};

export type ListedSession = {
  session: SessionRecord;
  operator: Operator;
  stale: boolean;
  /** The duration; at a stale operator until its last heartbeat, so that it does not grow. */
  seconds: number;
  /** Whether its operator is asked to stop it and has not reported its end yet. */
  stopping: boolean;
};

/** Where a page ended: the operator that was listed last, and its last session. */
export type SessionCursor = { instanceId: string; after?: Item | undefined };

export type SessionPage = { sessions: ListedSession[]; next: SessionCursor | undefined };

export type ListRequest = {
  filter: SessionFilter;
  limit: number;
  cursor: SessionCursor | undefined;
  now: EpochMs;
  staleMs: number;
};

/** How many operators are read for one page at most: with a filter most have no session to show. */
const LOOKS_PER_PAGE = 200;

/** A page of the live sessions, operator by operator. A page may be short or empty and still have a next one. */
export const listSessions = async (table: Table, request: ListRequest): Promise<SessionPage> => {
  const { filter, limit, cursor, now, staleMs } = request;
  const operators = (await listOperators(table)).filter(
    ({ instanceId, cluster }) =>
      (cursor === undefined || instanceId >= cursor.instanceId) &&
      (filter.cluster === undefined || cluster === filter.cluster),
  );
  const sessions: ListedSession[] = [];
  let after = cursor?.after;
  let [looks, bytes] = [0, 0];
  for (const operator of operators) {
    if (operator.instanceId !== cursor?.instanceId) after = undefined;
    do {
      if (sessions.length >= limit || looks >= LOOKS_PER_PAGE || bytes >= FULL_PAGE_BYTES)
        return { sessions, next: { instanceId: operator.instanceId, after } };
      looks += 1;
      const page = await table.queryPage({
        partition: liveList(operator.instanceId),
        index: true,
        limit: limit - sessions.length,
        startKey: after,
      });
      const found = page.items.map(sessionRecord).filter((session) => matches(session, filter));
      for (const session of found) sessions.push(listed(session, operator, staleMs, now));
      // One query returns up to a megabyte.
      bytes += Buffer.byteLength(JSON.stringify(found));
      after = page.next;
    } while (after !== undefined);
  }
  return { sessions, next: undefined };
};

/** Whether a session matches a filter, apart from the cluster, which its operator knows. */
export const matches = ({ client, target }: SessionRecord, { namespace, isOf }: SessionFilter): boolean =>
  (namespace === undefined || target.namespace === namespace) && (isOf === undefined || isOf(client));

const listed = (session: SessionRecord, operator: Operator, staleMs: number, now: EpochMs): ListedSession => {
  const stale = isSilent(operator, staleMs, now);
  const until = stale ? (operator.lastHeartbeat ?? session.startedAt) : now;
  return {
    session,
    operator,
    stale,
    seconds: durationSeconds(session.startedAt, until),
    stopping: isAsked(operator.kills, session),
  };
};
