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
  /** Whose sessions; all where it is not given. */
  isOf?: ((client: SessionClient) => boolean) | undefined;
  cluster?: string | undefined;
};

export type ListedSession = {
  session: SessionRecord;
  operator: Operator;
  stale: boolean;
  /** Of a stale operator's session, up to the last heartbeat: it does not grow while nobody vouches for it. */
  seconds: number;
  /** Whether its operator is asked to stop it and has not said yet that it did. */
  stopping: boolean;
};

/** Where a page ended: the operator being listed, and the last session of it. */
export type SessionCursor = { instanceId: string; after?: Item | undefined };

export type SessionPage = { sessions: ListedSession[]; next: SessionCursor | undefined };

export type ListRequest = {
  filter: SessionFilter;
  limit: number;
  cursor: SessionCursor | undefined;
  now: EpochMs;
  staleMs: number;
};

/** How many operators may be looked into for one page: most have nothing to show in a filtered list. */
const LOOKS_PER_PAGE = 200;

/** A page of the live sessions, operator by operator. A page may be short, even empty, and yet have a next one. */
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
      // One look adds up to a megabyte.
      bytes += Buffer.byteLength(JSON.stringify(found));
      after = page.next;
    } while (after !== undefined);
  }
  return { sessions, next: undefined };
};

/** Whether a session is one of those that are asked for; its cluster is its operator's to know. */
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
