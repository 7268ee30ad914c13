import * as v from "valibot";
import { liveList } from "../../contract/keys.ts";
import { SessionListQuery } from "../../contract/queries.ts";
import type { SessionListResponse } from "../../contract/responses.ts";
import { formatTime } from "../../contract/time.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import { type ListedSession, listSessions } from "../../sessions/list.ts";
import { shownTarget, shownUser } from "../../sessions/record.ts";
import { clientFilter } from "../client-filter.ts";
import { KeyText, readCursor, writeCursor } from "../cursor.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/sessions`: the live sessions, a page at a time. */
export const getSessions =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { limit, cursor, namespace, user, cluster } = parseQuery(request, SessionListQuery);
    const names = await shownNames(runtime);
    const page = await listSessions(runtime.table, {
      filter: { namespace, cluster, isOf: clientFilter(user, names) },
      limit,
      cursor: cursor === undefined ? undefined : readCursor(cursor, Cursor),
      now,
      staleMs: runtime.staleMs,
    });
    const body: SessionListResponse = {
      sessions: page.sessions.map((session) => shown(session, names)),
      next: page.next === undefined ? null : writeCursor(page.next),
    };
    return json(200, body);
  };

const shown = (
  { session, operator, stale, seconds, stopping }: ListedSession,
  names: ShownNames,
): SessionListResponse["sessions"][number] => ({
  id: session.sessionId,
  user: shownUser(session.client, names),
  target: shownTarget(session.target),
  namespace: session.target.namespace,
  locked_ports: [...session.lockedPorts],
  duration_secs: seconds,
  user_id: names.machineId(session.client.id),
  // People name keys after themselves.
  key: names.pseudonymsOnly ? null : (session.key ?? null),
  cluster: operator.cluster ?? null,
  instance_id: session.instanceId,
  ci: session.ci,
  started_at: formatTime(session.startedAt),
  stale,
  stopping,
});

// What DynamoDB needs to go on: the keys of the table and of the index, nothing else.
const Cursor = v.pipe(
  v.strictObject({
    instanceId: KeyText,
    after: v.optional(v.strictObject({ pk: KeyText, sk: KeyText, list: KeyText, at: KeyText })),
  }),
  v.check(({ instanceId, after }) => after === undefined || after.list === liveList(instanceId)),
);
