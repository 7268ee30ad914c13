import type { Fault } from "../contract/problems.ts";
import { formatTime } from "../contract/time.ts";
import type { CountedSession } from "../usage/counted.ts";
import type { Counting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { countedSession } from "./ended-sessions.ts";
import { ageFaults, END_BEFORE_START, type SessionEnd, shiftedEnd } from "./events.ts";
import { durationSeconds, type OverSession, type SessionRecord, type SessionStart, sessionItem } from "./record.ts";

/** What became of an end. */
export type EndOutcome =
  | { kind: "ended"; sessionId: string; seconds: number }
  /** The server knows no such session, and the event did not carry its start. */
  | { kind: "unknown" }
  /** It is another operator's that is not stale, live there or begun there; that one may end it, or this one once it is. */
  | { kind: "conflict" }
  | { kind: "invalid"; faults: Fault[] };

/** What has to be written for an end to count. */
export type EndPlan = Counting & {
  kind: "write";
  record: OverSession;
  added: CountedSession;
  /** The operator whose live set it leaves, where it was live. */
  leaves: string | undefined;
};

/** Decides over an end from the session's record as it was read; pure. */
export const decideEnd = (
  end: SessionEnd,
  found: SessionRecord | undefined,
  shard: number,
  { now }: Moment,
  { retentionDays }: Pick<SessionDeps, "retentionDays">,
): EndOutcome | EndPlan => {
  if (found?.state === "ended") return { kind: "ended", sessionId: found.sessionId, seconds: found.seconds };
  const start: SessionStart | undefined = found ?? end.start;
  if (start === undefined) return { kind: "unknown" };
  const endedAt = shiftedEnd(end, start, now);
  const faults = ageFaults("ended_at", endedAt, { now, retentionDays, sentAt: undefined });
  // A start that is recorded was looked at when it was told; one from a clock that stood wrong would count for years.
  if (found === undefined)
    faults.push(...ageFaults("start.started_at", start.startedAt, { now, retentionDays, sentAt: undefined }));
  if (endedAt < start.startedAt) faults.push(END_BEFORE_START);
  if (faults.length > 0) return { kind: "invalid", faults };
  const record: OverSession = {
    createdAt: now,
    ...start,
    state: "ended",
    endedAt,
    seconds: durationSeconds(start.startedAt, endedAt),
    reason: end.reason,
    shard,
  };
  return {
    kind: "write",
    record,
    write: { kind: "put", item: sessionItem(record, retentionDays), condition: asRead(found) },
    added: countedSession(record),
    removed: found?.state === "lost" ? countedSession(found) : undefined,
    firstKnown: found === undefined || undefined,
    leaves: found?.state === "live" ? found.instanceId : undefined,
  };
};

/** That a session is still as it was read: what it counted for, and in whose live set it is. */
export const asRead = (found: SessionRecord | undefined) => {
  if (found === undefined) return { expression: "attribute_not_exists(pk)" };
  const names = { "#state": "state" };
  if (found.state === "live")
    return {
      expression: "#state = :live AND instanceId = :instance",
      names,
      values: { ":live": "live", ":instance": found.instanceId },
    };
  return {
    expression: "#state = :seenState AND endedAt = :seenEnd AND #shard = :seenShard",
    names: { ...names, "#shard": "shard" },
    values: { ":seenState": found.state, ":seenEnd": formatTime(found.endedAt), ":seenShard": found.shard },
  };
};
