import { formatTime } from "../contract/time.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import { type OverSession, type SessionRecord, sessionRecord } from "../sessions/record.ts";
import type { ItemChange } from "../store/stream-record.ts";
import { issueKeyIn } from "./issue-key.ts";
import type { EventBody } from "./schemas.ts";

/**
 * The event of a change of a session's record. A session that ended as lost may turn out to run (it starts again, with
 * `resumed`) or may get its true end (it ends again, with `corrects_lost`). Other changes of the record, and imported
 * history, give no event.
 */
export const sessionEvent = ({ before, after }: ItemChange, names: ShownNames): EventBody | undefined => {
  if (after === undefined) return undefined;
  const session = sessionRecord(after);
  const was = before && sessionRecord(before).state;
  if (session.source === "backfill" || session.state === was) return undefined;
  if (session.state === "live")
    return { type: "session.started", ...shownSession(session, names), resumed: was !== undefined };
  return { type: "session.ended", ...shownSession(session, names), ...endOf(session), corrects_lost: was === "lost" };
};

const endOf = ({ endedAt, seconds, state, reason }: OverSession) => ({
  ended_at: formatTime(endedAt),
  duration_secs: seconds,
  outcome: state,
  reason: reason ?? null,
});

const shownSession = (session: SessionRecord, names: ShownNames) => {
  const { client, target, branch } = session;
  return {
    session_id: session.sessionId,
    instance_id: session.instanceId,
    started_at: formatTime(session.startedAt),
    ci: session.ci,
    // Keys and branches may contain people's names; an issue key does not.
    key: names.pseudonymsOnly ? null : (session.key ?? null),
    branch: names.pseudonymsOnly ? null : (branch ?? null),
    issue_key: (branch === undefined ? undefined : issueKeyIn(branch)) ?? null,
    client: {
      id: names.machineId(client.id),
      hostname: names.machine(client.hostname),
      username: names.person(client.username),
      name: client.name === undefined ? null : names.person(client.name),
      kubernetes_username: names.person(client.kubernetesUsername),
      cli_version: client.cliVersion ?? null,
    },
    target: { ...target, container: target.container ?? null },
    seat_id: session.seatId === undefined ? null : names.seat(session.seatId),
    denied_code: session.deniedCode ?? null,
  };
};
