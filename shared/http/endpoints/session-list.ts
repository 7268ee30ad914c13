import * as v from "valibot";
import { SessionListQuery } from "../../contract/queries.ts";
import type { SessionListResponse } from "../../contract/responses.ts";
import { formatTime } from "../../contract/time.ts";
import { type ListedSession, listSessions, type SessionCursor } from "../../sessions/list.ts";
import { shownTarget, shownUser } from "../../sessions/record.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { badRequest } from "../problem.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/sessions`: the live sessions, a page at a time. */
export const getSessions =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { limit, cursor, ...filter } = parseQuery(request, SessionListQuery);
    const page = await listSessions(runtime.table, {
      filter,
      limit,
      cursor: cursor === undefined ? undefined : readCursor(cursor),
      now,
      staleMs: runtime.staleMs,
    });
    const body: SessionListResponse = {
      sessions: page.sessions.map(shown),
      next: page.next === undefined ? null : Buffer.from(JSON.stringify(page.next)).toString("base64url"),
    };
    return json(200, body);
  };

const shown = ({ session, operator, stale, seconds }: ListedSession): SessionListResponse["sessions"][number] => ({
  id: session.sessionId,
  user: shownUser(session.client),
  target: shownTarget(session.target),
  namespace: session.target.namespace,
  locked_ports: [...session.lockedPorts],
  duration_secs: seconds,
  user_id: session.client.id,
  key: session.key ?? null,
  cluster: operator.cluster ?? null,
  instance_id: session.instanceId,
  ci: session.ci,
  started_at: formatTime(session.startedAt),
  stale,
});

const Text = v.pipe(v.string(), v.maxLength(256));
// What DynamoDB needs to go on: the keys of the table and of the index, nothing else.
const Cursor = v.strictObject({
  instanceId: Text,
  after: v.optional(v.strictObject({ pk: Text, sk: Text, list: Text, at: Text })),
});

const readCursor = (text: string): SessionCursor => {
  try {
    const { instanceId, after } = v.parse(Cursor, JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    if (after === undefined || after.list === `LIVE#${instanceId}`) return { instanceId, after };
  } catch {
    // Told below, as every fault of the query.
  }
  throw badRequest([{ path: "query.cursor", message: "is not one that this route gave" }]);
};
