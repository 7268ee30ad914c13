import type { Event } from "./events.ts";
import type { Settled } from "./settle.ts";

/** A day of the trends (UTC), from the words of the contract alone. */

const DAY = 86_400_000;

export type ExpectedDay = {
  date: string;
  sessionCount: number;
  sessionTimeSeconds: number;
  ciSessionCount: number;
  ciSessionTimeSeconds: number;
  /** No history has previews. */
  previewCount: 0;
  previewTimeSeconds: 0;
  activeUsers: number;
  newUsers: number;
  maxConcurrentSessions: number;
  maxConcurrentCiSessions: number;
  maxConcurrentPreviews: 0;
  seatsClaimed: number;
};

export const expectedDay = (day: number, settled: readonly Settled[], events: readonly Event[]): ExpectedDay => {
  const ended = settled.filter(({ endedAt }) => endedAt !== undefined && endedAt >= day && endedAt < day + DAY);
  const before = settled.filter(({ endedAt, ci }) => !ci && endedAt !== undefined && endedAt < day);
  const [people, ci] = [ended.filter((session) => !session.ci), ended.filter((session) => session.ci)];
  const users = usersOf(people);
  const known = usersOf(before);
  return {
    date: new Date(day).toISOString().slice(0, 10),
    sessionCount: people.length,
    sessionTimeSeconds: seconds(people),
    ciSessionCount: ci.length,
    ciSessionTimeSeconds: seconds(ci),
    previewCount: 0,
    previewTimeSeconds: 0,
    activeUsers: users.size,
    newUsers: [...users].filter((user) => !known.has(user)).length,
    maxConcurrentSessions: peak(
      settled.filter((session) => !session.ci),
      day,
    ),
    maxConcurrentCiSessions: peak(
      settled.filter((session) => session.ci),
      day,
    ),
    maxConcurrentPreviews: 0,
    seatsClaimed: claims(events).filter((at) => at >= day && at < day + DAY).length,
  };
};

// The license tracks machines.
const usersOf = (sessions: readonly Settled[]): Set<string> => new Set(sessions.map(({ person }) => person.machineId));

const seconds = (sessions: readonly Settled[]): number =>
  sessions.reduce((sum, { startedAt, endedAt = 0 }) => sum + Math.floor((endedAt - startedAt) / 1_000), 0);

/** The most that ran at one moment of the day: at each start on it, and at its beginning. A session's end is not in it. */
const peak = (sessions: readonly Settled[], day: number): number => {
  const moments = [day, ...sessions.map(({ startedAt }) => startedAt).filter((at) => at > day && at < day + DAY)];
  const runningAt = (at: number): number =>
    sessions.filter(({ startedAt, endedAt }) => startedAt <= at && (endedAt === undefined || endedAt > at)).length;
  return Math.max(...moments.map(runningAt));
};

/**
 * When seats were claimed, where there are enough: by a user's first session of a period that is told of while it runs.
 * Periods begin on the 20th; no session of the histories runs across one.
 */
const claims = (events: readonly Event[]): number[] => {
  const seen = new Set<string>();
  const held = new Set<string>();
  const at: number[] = [];
  for (const event of events) {
    if (event.do === "reap" || event.do === "close") continue;
    const { id, person, ci } = event.session;
    const isFirst = !seen.has(id);
    seen.add(id);
    if (event.do !== "start" || !isFirst || ci) continue;
    const seat = `${person.machineId} ${periodOf(event.at)}`;
    if (held.has(seat)) continue;
    held.add(seat);
    at.push(event.at);
  }
  return at;
};

const ANCHOR_DAY = 20;
const periodOf = (time: number): string => new Date(time - (ANCHOR_DAY - 1) * DAY).toISOString().slice(0, 7);
