import type { EpochMs } from "../contract/time.ts";
import type { Counting } from "./commit.ts";
import { asRead } from "./end-decision.ts";
import { withinSession } from "./end-time.ts";
import { countedSession } from "./ended-sessions.ts";
import { countedHow, durationSeconds, type LiveSession, type OverSession, sessionItem } from "./record.ts";

/**
 * Ends a session that its operator no longer lists, at the time when it was last listed. Its true end may still replace
 * this.
 */
export const lostPlan = (
  session: LiveSession,
  lastListed: EpochMs,
  retentionDays: number,
): Counting & { record: OverSession } => {
  const endedAt = Math.max(session.startedAt, lastListed);
  const end = withinSession(session, { endedAt });
  const seconds = durationSeconds(session.startedAt, end.endedAt);
  const lost: OverSession = {
    ...session,
    state: "lost",
    ...end,
    seconds,
    reason: "lost",
    shard: 0,
    ...countedHow(session),
  };
  return {
    record: lost,
    write: { kind: "put", item: sessionItem(lost, retentionDays), condition: asRead(session) },
    added: countedSession(lost),
    removed: undefined,
  };
};
