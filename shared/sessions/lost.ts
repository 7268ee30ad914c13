import type { EpochMs } from "../contract/time.ts";
import type { Counting } from "./commit.ts";
import { asRead } from "./end-decision.ts";
import { countedSession } from "./ended-sessions.ts";
import { durationSeconds, type LiveSession, type OverSession, sessionItem } from "./record.ts";

/** Ends a session that nobody vouches for any more, as of when it was last vouched for; it may turn out otherwise. */
export const lostPlan = (session: LiveSession, lastListed: EpochMs, retentionDays: number): Counting => {
  const endedAt = Math.max(session.startedAt, lastListed);
  const seconds = durationSeconds(session.startedAt, endedAt);
  const lost: OverSession = { ...session, state: "lost", endedAt, seconds, reason: "lost", shard: 0 };
  return {
    write: { kind: "put", item: sessionItem(lost, retentionDays), condition: asRead(session) },
    added: countedSession(lost),
    removed: undefined,
  };
};
