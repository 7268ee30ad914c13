import * as v from "valibot";
import { liveList, sessionKey } from "../../contract/keys.ts";
import { SessionListQuery } from "../../contract/queries.ts";
import { Id } from "../../contract/requests.ts";
import type { SessionListResponse } from "../../contract/responses.ts";
import { formatTime } from "../../contract/time.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import { type ListedSession, listSessions } from "../../sessions/list.ts";
import { type CiInfo, kindOfSession, shownTarget, shownUser } from "../../sessions/record.ts";
import { clientFilter } from "../client-filter.ts";
import { KeyTime, readCursor, writeCursor } from "../cursor.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `GET /api/v1/sessions`: the live sessions, in pages. */
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
  // People use their own names in these.
  key: names.pseudonymsOnly ? null : (session.key ?? null),
  branch: names.pseudonymsOnly ? null : (session.branch ?? null),
  header_filter: names.pseudonymsOnly ? null : (session.headerFilter ?? null),
  cluster: operator.cluster ?? null,
  instance_id: session.instanceId,
  ci: session.ci,
  session_kind: kindOfSession(session),
  ci_info: session.ciInfo === undefined ? null : shownRun(session.ciInfo, names),
  cli_version: session.client.cliVersion ?? null,
  copy_target: session.copyTarget ?? null,
  denied_code: session.deniedCode ?? null,
  started_at: formatTime(session.startedAt),
  stale,
  stop_refused: stopping ? null : (session.stopRefused?.outcome ?? null),
  stopping,
});

const shownRun = ({ provider, environment, pipeline, triggeredBy }: CiInfo, names: ShownNames) => ({
  provider: provider ?? null,
  environment: environment ?? null,
  pipeline: pipeline ?? null,
  triggered_by: triggeredBy === undefined ? null : names.person(triggeredBy),
});

const SESSION = sessionKey("");

const SessionPartition = v.pipe(
  v.string(),
  v.check((pk) => pk.startsWith(SESSION.pk) && v.is(Id, pk.slice(SESSION.pk.length))),
);

// What DynamoDB needs to continue: the keys of the table and of the index, and nothing else.
const Cursor = v.pipe(
  v.strictObject({
    instanceId: Id,
    after: v.optional(
      v.strictObject({ pk: SessionPartition, sk: v.literal(SESSION.sk), list: v.string(), at: KeyTime }),
    ),
  }),
  v.check(({ instanceId, after }) => after === undefined || after.list === liveList(instanceId)),
);
