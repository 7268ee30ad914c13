import type { EpochMs } from "../contract/time.ts";
import type { Write } from "../store/table.ts";
import type { Counting } from "./commit.ts";
import { asRead } from "./end-decision.ts";
import { withinSession } from "./end-time.ts";
import { countedSession } from "./ended-sessions.ts";
import { givenBack, HOLDS_NOTHING } from "./given-back.ts";
import {
  countedHow,
  durationSeconds,
  type LiveSession,
  type LiveState,
  type OverSession,
  type SessionRecord,
  sessionItem,
} from "./record.ts";

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
    ...HOLDS_NOTHING,
  };
  return {
    record: lost,
    write: { kind: "put", item: sessionItem(lost, retentionDays), condition: asRead(session) },
    added: countedSession(lost),
    removed: undefined,
    givesBack: givenBack(session, lost),
  };
};

/** A lost session runs after all: it is live again as `known`, and its usage is withdrawn. */
export const revivalPlan = (
  lost: OverSession,
  known: SessionRecord,
  retentionDays: number,
): Counting & { record: LiveSession; write: Write & { kind: "put" } } => {
  const record = asLive(known);
  return {
    record,
    write: { kind: "put", item: sessionItem(record, retentionDays), condition: asRead(lost) },
    added: undefined,
    removed: countedSession(lost),
  };
};

const OF_AN_END: ReadonlySet<string> = new Set([
  ...["endedAt", "seconds", "clamped", "reason", "inferred", "shard", "countedAs", "countedDenied"],
  // A request to stop it was done when it was given up.
  "killAskedAt",
]);

const asLive = (known: SessionRecord): LiveSession => {
  const kept = Object.fromEntries(Object.entries(known).filter(([field]) => !OF_AN_END.has(field)));
  return { ...(kept as SessionRecord), state: "live" } as SessionRecord & LiveState;
};
