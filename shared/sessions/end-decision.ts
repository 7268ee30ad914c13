import type { Fault } from "../contract/problems.ts";
import { DAY_MS, formatTime } from "../contract/time.ts";
import { sameHolds } from "../seats/holds.ts";
import { allOf } from "../store/conditions.ts";
import type { Expression } from "../store/table.ts";
import { longestMs } from "../usage/closing.ts";
import type { CountedSession } from "../usage/counted.ts";
import type { Counting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { type EndTime, endTime } from "./end-time.ts";
import { countedSession } from "./ended-sessions.ts";
import { ageFaults, type EventTiming, type SessionEnd } from "./events.ts";
import { givenBack, HOLDS_NOTHING } from "./given-back.ts";
import { withParts } from "./parts.ts";
import {
  countedHow,
  durationSeconds,
  kindOfSession,
  type OverSession,
  type SessionRecord,
  type SessionStart,
  sessionItem,
} from "./record.ts";

/** The result of an end. */
export type EndOutcome =
  | { kind: "ended"; sessionId: string; seconds: number }
  /** The session is unknown, and the event did not carry its start. */
  | { kind: "unknown" }
  /** It is live under another operator that is not stale, or started there: only that one may end it. */
  | { kind: "conflict" }
  | { kind: "invalid"; faults: Fault[] };

/** What to write so that an end counts. */
export type EndPlan = Counting & {
  kind: "write";
  record: OverSession;
  added: CountedSession;
  /** The operator whose live set the session leaves, if it was live. */
  leaves: string | undefined;
};

/**
 * Decides on an end from the session's record as it was read; pure. The end of a known session is never refused for its
 * time.
 */
export const decideEnd = (
  end: SessionEnd,
  found: SessionRecord | undefined,
  shard: number,
  { now }: Moment,
  { retentionDays }: Pick<SessionDeps, "retentionDays">,
): EndOutcome | EndPlan => {
  const timing = { now, retentionDays, sentAt: undefined };
  if (found?.state === "ended" || (found?.state === "lost" && isFinal(found, end, timing)))
    return { kind: "ended", sessionId: found.sessionId, seconds: found.seconds };
  // A placeholder has the data of a part of the session.
  const start: SessionStart | undefined =
    found?.placeholder === true ? startOf(found, end.start) : (found ?? end.start);
  if (start === undefined) return { kind: "unknown" };
  const when = endTime(end, start, now);
  const faults = found === undefined ? faultsOf(start, when, timing) : [];
  if (faults.length > 0) return { kind: "invalid", faults };
  const { endedAt, clamped } = when;
  const record: OverSession = {
    createdAt: now,
    ...start,
    state: end.inferred === true ? "lost" : "ended",
    endedAt,
    clamped,
    inferred: end.inferred === true ? true : undefined,
    seconds: durationSeconds(start.startedAt, endedAt),
    reason: end.reason,
    shard,
    ...countedHow(start),
    ...HOLDS_NOTHING,
  };
  return {
    kind: "write",
    record,
    write: { kind: "put", item: sessionItem(record, retentionDays), condition: asRead(found) },
    added: countedSession(record),
    removed: found?.state === "lost" ? countedSession(found) : undefined,
    firstKnown: found === undefined || undefined,
    leaves: found?.state === "live" ? found.instanceId : undefined,
    givesBack: givenBack(found, record),
  };
};

// Retention has begun to delete its day: the usage that it counted for can no longer be corrected. And an inferred end
// replaces only what the server inferred, which knows less than the agent.
const isFinal = (found: OverSession, end: SessionEnd, timing: EventTiming): boolean => {
  const isInferredAgain = end.inferred === true && found.inferred === true && found.placeholder !== true;
  return ageFaults("ended_at", found.endedAt, timing).length > 0 || isInferredAgain;
};

const startOf = (found: SessionRecord, start: SessionStart | undefined): SessionStart =>
  start === undefined ? found : { ...withParts(start, found), placeholder: undefined };

// For an unknown session: a start from a wrong clock would count for years.
const faultsOf = (start: SessionStart, { endedAt, clamped }: EndTime, timing: EventTiming): Fault[] => [
  ...(clamped === "longest" ? [tooLong(start)] : ageFaults("ended_at", endedAt, timing)),
  ...ageFaults("start.started_at", start.startedAt, timing),
];

const tooLong = (start: SessionStart): Fault => ({
  path: "ended_at",
  message: `must be at most ${longestMs(kindOfSession(start)) / DAY_MS} days after the session's start`,
});

/**
 * The condition that a session is still as it was read: its usage, the operator whose live set it is in, and what it holds.
 */
export const asRead = (found: SessionRecord | undefined): Expression => {
  if (found === undefined) return { expression: "attribute_not_exists(pk)" };
  const names = { "#state": "state" };
  if (found.state === "live")
    return allOf(
      {
        expression: "#state = :live AND instanceId = :instance",
        names,
        values: { ":live": "live", ":instance": found.instanceId },
      },
      sameHolds(found.holds),
    );
  return {
    expression: "#state = :seenState AND endedAt = :seenEnd AND #shard = :seenShard",
    names: { ...names, "#shard": "shard" },
    values: { ":seenState": found.state, ":seenEnd": formatTime(found.endedAt), ":seenShard": found.shard },
  };
};

/** The condition that a session still is as it was read, and this field of it, too. */
export const asReadWith = (session: SessionRecord, field: "book" | "killAskedAt" | "seatId"): Expression => {
  const value = session[field];
  return allOf(
    asRead(session),
    value === undefined
      ? { expression: `attribute_not_exists(${field})` }
      : { expression: `${field} = :seenField`, values: { ":seenField": value } },
  );
};
