import type { EpochMs } from "../../shared/contract/time.ts";
import { wholeSeconds } from "./truth.ts";
import type { SessionStart } from "./wire.ts";

/**
 * By how much a server's counters may differ from what was sent, since requests got no answer. Of one that died in the middle
 * of such a request, what its sessions would have counted may be missing. A denial that nobody heard of is one all the same:
 * its session ran unasked, and may be over before the next request tells of it.
 */
export type Unanswered = {
  /** Sessions that a request without an answer told of, once each, and how long they ran. */
  sessions: number;
  seconds: number;
  ciSessions: number;
  ciSeconds: number;
  /** Those of them that asked for a seat, and that no later answer denied. */
  maybeDenied: number;
};

/** What a request without an answer told of a session: that it wants a seat, that it has ended. */
export type Told = { asksSeat: boolean; endedAt?: EpochMs | undefined };

export type UnansweredRecord = {
  add(start: SessionStart, told: Told): void;
  /** A session has ended, of which one of these requests may have told before. */
  ended(start: SessionStart, endedAt: EpochMs): void;
  /** An answer denied it after all. */
  denied(start: SessionStart): void;
  read(): Unanswered;
};

export const createUnanswered = (): UnansweredRecord => {
  const sessions = new Map<string, { ci: boolean; maybeDenied: boolean; seconds: number }>();
  const sum = (ci: boolean, of: (session: { maybeDenied: boolean; seconds: number }) => number): number =>
    [...sessions.values()].filter((session) => session.ci === ci).reduce((total, session) => total + of(session), 0);
  const ended = ({ session_id, started_at }: SessionStart, endedAt: EpochMs): void => {
    const known = sessions.get(session_id);
    if (known !== undefined) known.seconds = wholeSeconds(Date.parse(started_at), endedAt);
  };
  return {
    add: (start, { asksSeat, endedAt }) => {
      const { session_id: id, ci = false } = start;
      const known = sessions.get(id) ?? { ci, maybeDenied: false, seconds: 0 };
      sessions.set(id, { ...known, maybeDenied: known.maybeDenied || asksSeat });
      if (endedAt !== undefined) ended(start, endedAt);
    },
    ended,
    denied: ({ session_id }) => {
      const known = sessions.get(session_id);
      if (known !== undefined) known.maybeDenied = false;
    },
    read: () => ({
      sessions: sum(false, () => 1),
      seconds: sum(false, ({ seconds }) => seconds),
      ciSessions: sum(true, () => 1),
      ciSeconds: sum(true, ({ seconds }) => seconds),
      maybeDenied: sum(false, ({ maybeDenied }) => Number(maybeDenied)),
    }),
  };
};
