import type { SessionStart } from "../../agent/wire/bodies.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import { wholeSeconds } from "./truth.ts";

/**
 * How much a server's counters may differ from what was sent, because requests got no answer. A server that died during such a
 * request may not have counted its sessions. A denial whose answer was lost still counts: the session ran anyway, and may have
 * ended before the next request reports it.
 */
export type Unanswered = {
  /** Sessions in requests without an answer, once each, and their duration. */
  sessions: number;
  seconds: number;
  ciSessions: number;
  ciSeconds: number;
  /** Of these, sessions that asked for a seat and that no later answer denied. */
  maybeDenied: number;
};

/** What a request without an answer reported about a session. */
export type Reported = { asksSeat: boolean; endedAt?: EpochMs | undefined };

export type UnansweredRecord = {
  add(start: SessionStart, reported: Reported): void;
  /** A session has ended that one of these requests may have reported. */
  ended(start: SessionStart, endedAt: EpochMs): void;
  /** A later answer denied the session. */
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
