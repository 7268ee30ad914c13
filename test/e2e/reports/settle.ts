import type { Event, Person, Session, Target, Told } from "./events.ts";

/**
 * What a history comes to, said from the specification's words alone: of each session its start and, once it is over, its
 * end.
 */

export type Settled = { person: Person; target: Target; ci: boolean; startedAt: number; endedAt: number | undefined };

const MINUTE = 60_000;
const LOST_AFTER = 48 * 60 * MINUTE;

type State = { session: Session; lastBeat: number; endedAt: number | undefined; lost: boolean };

export const settle = (events: readonly Event[]): Settled[] => {
  const known = new Map<string, State>();
  for (const event of events)
    if (event.do === "reap") for (const state of known.values()) giveUp(state, event.at);
    else if (event.do !== "close") hear(known, event);
  return [...known.values()].map(({ session, endedAt }) => ({
    person: session.person,
    target: session.target,
    ci: session.ci,
    startedAt: believed(session, session.startedAt),
    endedAt,
  }));
};

const hear = (known: Map<string, State>, event: Told): void => {
  const { session, at } = event;
  const state = known.get(session.id);
  switch (event.do) {
    case "start":
      // A start that arrives again, or after the end, changes nothing.
      if (state === undefined) known.set(session.id, { session, lastBeat: at, endedAt: undefined, lost: false });
      break;
    case "beat":
      if (state === undefined) break;
      state.lastBeat = at;
      // A lost session that turns out to live is revived.
      if (state.lost) Object.assign(state, { lost: false, endedAt: undefined });
      break;
    case "end":
      if (state === undefined && event.withStart)
        known.set(session.id, { session, lastBeat: at, endedAt: believed(session, session.endedAt), lost: false });
      // A true end replaces a lost one; a second delivery changes nothing.
      else if (state !== undefined && (state.endedAt === undefined || state.lost))
        Object.assign(state, { lost: false, endedAt: believed(session, session.endedAt) });
  }
};

// An operator not heard of for 48 h is given up: its session ends as lost at max(start, last heartbeat).
const giveUp = (state: State, now: number): void => {
  if (state.endedAt !== undefined || now - state.lastBeat < LOST_AFTER) return;
  state.lost = true;
  state.endedAt = Math.max(believed(state.session, state.session.startedAt), state.lastBeat);
};

// A clock that is off by over five minutes is put right, start and end together; one that is off by less is believed.
const believed = ({ skewMs }: Session, time: number): number => (Math.abs(skewMs) > 5 * MINUTE ? time : time + skewMs);
