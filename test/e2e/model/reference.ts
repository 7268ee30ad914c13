/**
 * What seats, sessions and operators may do, said a second time from the specification's words: it shares no line with
 * the server. It follows what the server does to its table, step by step, and complains of every step that nothing
 * allows.
 */

import { type Book, hasRoom, isSurplus, reclaimable, type Seat, type Terms } from "../../support/seat-model/book.ts";
import { poolsOf } from "../../support/seat-model/pools.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Three missed heartbeats of a minute each. */
const STALE = 3 * MINUTE;
const GONE = 2 * DAY;
const YOUNG = 2 * MINUTE;
const LONGEST = 35 * DAY;

export type Session = {
  state: "live" | "ended" | "lost";
  instance: string;
  /** The machine, and its Kubernetes user. */
  client: string;
  user: string;
  namespace: string;
  startedAt: number;
  createdAt: number;
  endedAt: number | undefined;
  denied: boolean;
  machine: boolean;
  /** The seat that it holds: of which book, and of which claim where it says so. */
  holdsSlot: boolean;
  /** The book in which it has a seat or a counted denial. */
  book: string | undefined;
  holds: { book: string; id: string; claim: string | undefined } | undefined;
};

/** A seat as it is claimed, and who claims it. */
export type Claim = {
  seatId: string;
  claim: string | undefined;
  holder: string;
  pool: string;
  claimedAt: number;
  overage: boolean;
} & Asker;
type Asker = { user: string; namespace: string };

/** A start as it was reported, and when its request was sent, both by the operator's clock. */
export type ToldStart = { startedAt: number; sentAt: number };

/** An end in the same way; `isTooLong`: by the start it carries, it lasted longer than any session does. */
export type ToldEnd = ToldStart & { endedAt: number; carriesStart: boolean; isTooLong: boolean };

/** Who did something, and what it had been told. `since`: how many steps had been taken when it began. */
export type Cause = { now: number; since: number } & (
  | { by: "start"; session: string; start: ToldStart }
  | { by: "end"; session: string; end: ToldEnd }
  | {
      by: "beat";
      instance: string;
      sentAt: number;
      listed: ReadonlySet<string>;
      started: ReadonlyMap<string, ToldStart>;
      ended: ReadonlyMap<string, ToldEnd>;
    }
  | { by: "register"; instance: string }
  | { by: "reap" }
  /** `userMs`, `machineMs`: for how long an operator must be silent to lose its sessions; undefined: it never does. */
  | { by: "seat job"; userMs: number | undefined; machineMs: number | undefined }
  | { by: "release" }
);

// Of two claims at the same moment each may be the older.
const mayBeOlder = (one: Seat, than: Seat): boolean => one.claimedAt <= than.claimedAt;

const isByClock = (cause: Cause) => cause.by === "reap" || cause.by === "seat job";

type StoredSeat = Seat & { seatId: string; claim: string | undefined };
type Heard = { step: number; at: number; listed: ReadonlySet<string>; cause: Cause; whole: boolean };
type Complain = (complaint: string) => void;

export type Reference = ReturnType<typeof createReference>;

export const createReference = (complain: Complain) => {
  const books = new Map<string, Map<string, StoredSeat>>();
  const sessions = new Map<string, Session>();
  const operators = new Map<string, Heard[]>();
  const touched = new Map<string, { step: number; cause: Cause }[]>();
  const births = new Map<string, number>();
  let step = 0;

  const book = (name: string): Map<string, StoredSeat> => {
    const found = books.get(name) ?? new Map<string, StoredSeat>();
    books.set(name, found);
    return found;
  };

  /** Who runs a session on a seat at this moment. */
  const liveOn = (name: string, { seatId, claim }: StoredSeat): ReadonlySet<string> =>
    new Set(
      [...sessions]
        .filter(
          ([, { state, denied, holds }]) =>
            state === "live" &&
            !denied &&
            holds?.book === name &&
            holds.id === seatId &&
            (holds.claim === undefined || claim === undefined || holds.claim === claim),
        )
        .map(([id]) => id),
    );

  /** Who runs a session that has no place in a book yet, and will need this seat there. */
  const waitingFor = (name: string, holder: string): readonly string[] =>
    [...sessions]
      .filter(
        ([, one]) =>
          one.state === "live" &&
          !one.denied &&
          !one.machine &&
          one.book !== name &&
          (name.split("#")[2] === "KubernetesUser" ? one.user : one.client) === holder,
      )
      .map(([id]) => id);

  const bookOfNow = (name: string): Book =>
    new Map([...book(name)].map(([holder, seat]) => [holder, { ...seat, live: liveOn(name, seat) }]));

  /** Adds a seat that its claimer may have: one of the pools that are open to it. */
  const give = (name: string, claim: Claim, { settings }: Terms): void => {
    const { user, namespace, ...seat } = claim;
    if (book(name).has(claim.holder)) complain(`${claim.holder} is given a seat it holds already in ${name}`);
    if (!poolsOf(settings.reservations, claim).includes(claim.pool))
      complain(`${user} in ${namespace} is given a seat of the pool "${claim.pool}"`);
    book(name).set(claim.holder, { ...seat, live: new Set(), idleSince: undefined });
  };

  const heardOf = (instance: string): readonly Heard[] => operators.get(instance) ?? [];

  /**
   * The end is when the session was last vouched for: told of or listed. A reaper goes by the last heartbeat. Where nobody could act yet on what a heartbeat lists or leaves out, it may be any of the times that
   * have come since the last heartbeat of which that is not so.
   */
  const mayEndAsLost = (id: string, { instance, startedAt, createdAt }: Session, at: number, cause: Cause): boolean => {
    const heard = heardOf(instance).filter((one) => one.cause !== cause);
    const birth = births.get(id) ?? 0;
    // No heartbeat can have listed what was written down only after it.
    const vouches = (one: Heard) =>
      one.cause.by !== "register" && (isByClock(cause) || one.step < birth || !one.whole || one.listed.has(id));
    const earliest = heard.findLast(({ listed, whole }) => whole && listed.has(id))?.at ?? startedAt;
    const latest = heard.findLast(vouches)?.at ?? startedAt;
    const bounded = (time: number) => Math.min(time, startedAt + LONGEST);
    return (
      at >= bounded(Math.max(startedAt, earliest)) && at <= bounded(Math.max(startedAt, createdAt, earliest, latest))
    );
  };

  const wasStale = (instance: string, cause: Cause): boolean => {
    const heard = heardOf(instance).findLast((one) => one.step <= cause.since);
    return heard === undefined || cause.now - heard.at > STALE;
  };

  const told = (id: string, cause: Cause): ToldEnd | undefined =>
    cause.by === "end" && cause.session === id ? cause.end : cause.by === "beat" ? cause.ended.get(id) : undefined;

  const endsAsTold = (id: string, { startedAt, endedAt }: Session, cause: Cause): boolean => {
    const end = told(id, cause);
    if (end === undefined) return false;
    const at = onServerClock(end.endedAt, end, cause.now);
    return endedAt === Math.min(Math.max(at, startedAt), startedAt + LONGEST);
  };

  const startsAsTold = ({ startedAt }: Session, start: ToldStart | undefined, cause: Cause): boolean =>
    start !== undefined && startedAt === onServerClock(start.startedAt, start, cause.now);

  const mayBegin = (id: string, after: Session, cause: Cause): boolean => {
    if (after.state === "ended") {
      const end = told(id, cause);
      return end?.carriesStart === true && startsAsTold(after, end, cause) && endsAsTold(id, after, cause);
    }
    if (after.state !== "live") return false;
    if (cause.by === "start") return cause.session === id && !after.denied && startsAsTold(after, cause.start, cause);
    return cause.by === "beat" && startsAsTold(after, cause.started.get(id), cause);
  };

  const mayEnd = (id: string, before: Session, after: Session, cause: Cause): boolean =>
    before.state !== "ended" && endsAsTold(id, after, cause);

  const mayLose = (id: string, before: Session, after: Session, cause: Cause): boolean => {
    if (before.state !== "live" || after.endedAt === undefined) return false;
    if (!mayEndAsLost(id, before, after.endedAt, cause)) return false;
    if (isByClock(cause)) {
      // A registration is no heartbeat: it counts for an instance that has sent none.
      const all = heardOf(before.instance);
      const heard = all.findLast((one) => one.cause.by === "beat") ?? all.at(-1);
      const silentMs = cause.by === "reap" ? GONE : before.machine ? cause.machineMs : cause.userMs;
      return silentMs !== undefined && cause.now - Math.max(heard?.at ?? 0, before.createdAt) > silentMs;
    }
    return (
      cause.by === "beat" &&
      cause.instance === before.instance &&
      !cause.listed.has(id) &&
      cause.now - before.createdAt >= YOUNG &&
      before.startedAt < Math.max(cause.now, cause.sentAt)
    );
  };

  const mayLive = (id: string, before: Session, after: Session, cause: Cause): boolean => {
    // A start of a session that was lost says that it runs.
    const isStarted = cause.by === "start" ? cause.session === id : cause.by === "beat" && cause.started.has(id);
    if (before.state === "lost" && isStarted) return true;
    if (cause.by !== "beat") return false;
    if (before.state === "live" && before.instance === after.instance) return true;
    if (!cause.listed.has(id) || after.instance !== cause.instance) return false;
    return before.state === "lost" || (before.state === "live" && wasStale(before.instance, cause));
  };

  const mayBecome = (id: string, before: Session | undefined, after: Session, cause: Cause): boolean => {
    if (before === undefined) return mayBegin(id, after, cause);
    if (before.client !== after.client || before.user !== after.user || before.startedAt !== after.startedAt)
      return false;
    if (after.state === "ended") return mayEnd(id, before, after, cause);
    return after.state === "lost" ? mayLose(id, before, after, cause) : mayLive(id, before, after, cause);
  };

  return {
    /** How many steps have been taken. */
    steps: () => step,
    advance(): void {
      step += 1;
    },

    claim(name: string, claim: Claim, terms: Terms): void {
      const seats = bookOfNow(name);
      const full = !poolsOf(terms.settings.reservations, claim).some((pool) => hasRoom(seats, pool, terms));
      if (full !== claim.overage)
        complain(`the seat of ${claim.holder} is ${claim.overage ? "" : "not "}marked as overage in ${name}`);
      if (full && !terms.overageAllowed)
        complain(`${claim.holder} is given seat ${seats.size + 1} of ${terms.max} in ${name}`);
      if (!claim.overage && !hasRoom(seats, claim.pool, terms))
        complain(`${claim.holder} is given a seat of the pool "${claim.pool}", which has no room in ${name}`);
      give(name, claim, terms);
    },
    /** A seat begins to say which claim it is of. */
    name(name: string, holder: string, claim: string | undefined): void {
      const seat = book(name).get(holder);
      if (seat !== undefined) seat.claim = claim;
    },
    /** A seat goes from one user to another. It was idle for `idleMs`, as it says. */
    takeOver(name: string, from: string, idleSince: number | undefined, claim: Claim, terms: Terms, now: number): void {
      const seat = book(name).get(from);
      if (seat === undefined) {
        complain(`the seat of ${from} is taken over, which holds none`);
        return;
      }
      if (seat.pool !== claim.pool) complain(`a seat of the pool "${seat.pool}" becomes one of "${claim.pool}"`);
      if (claim.overage) complain(`the seat of ${from} is taken over as overage`);
      seat.idleSince = idleSince;
      if (!reclaimable(bookOfNow(name), seat.pool, terms, now).includes(from))
        complain(`the seat of ${from} is taken over, idle since ${idleSince}, with ${[...liveOn(name, seat)]} on it`);
      const waiting = waitingFor(name, from);
      if (waiting.length > 0) complain(`the seat of ${from} is taken over, and ${waiting} will need it`);
      book(name).delete(from);
      give(name, claim, terms);
    },
    /** A floating seat past its grace is deleted. */
    sweep(name: string, holder: string, idleSince: number | undefined, graceMs: number, now: number): void {
      const seat = book(name).get(holder);
      if (seat === undefined) {
        complain(`the seat of ${holder} is deleted, which holds none`);
        return;
      }
      const live = [...liveOn(name, seat)];
      if (!name.endsWith("#floating")) complain(`the seat of ${holder} is deleted in ${name}`);
      else if (live.length > 0 || idleSince === undefined || idleSince + graceMs > now)
        complain(`the seat of ${holder} is deleted, idle since ${idleSince}, with ${live} on it`);
      book(name).delete(holder);
    },
    release(name: string, holder: string, cause: Cause): void {
      if (cause.by !== "release") complain(`the seat of ${holder} is taken by a ${cause.by}`);
      if (!book(name).delete(holder)) complain(`the seat of ${holder} is taken from nobody`);
    },
    /** How many slots live machine sessions hold. */
    slotsHeld: (): number => [...sessions.values()].filter(({ holdsSlot }) => holdsSlot).length,
    holds: (name: string, holder: string): boolean => book(name).has(holder),

    /** Whether somebody may be refused at this moment: all seats taken, or too many and the own one too young. */
    mayRefuse(name: string, asker: Asker & { holder: string }, terms: Terms): boolean {
      if (terms.overageAllowed || terms.max === null) return false;
      const seats = bookOfNow(name);
      const seat = seats.get(asker.holder);
      if (seat !== undefined) return isSurplus(seats, seat, terms, mayBeOlder);
      return !poolsOf(terms.settings.reservations, asker).some((pool) => hasRoom(seats, pool, terms));
    },

    session: (id: string): Session | undefined => sessions.get(id),
    sessions: (): ReadonlyMap<string, Session> => sessions,
    become(id: string, after: Session | undefined, cause: Cause): void {
      const before = sessions.get(id);
      if (after === undefined) {
        complain(`session ${id} is forgotten`);
        return;
      }
      if (!mayBecome(id, before, after, cause))
        complain(`a ${cause.by} makes ${id} from ${JSON.stringify(before)} into ${JSON.stringify(after)}`);
      sessions.set(id, after);
      if (before === undefined) births.set(id, step);
    },

    /** A sign of life got through. */
    hear(instance: string, cause: Cause): void {
      const listed = cause.by === "beat" ? cause.listed : new Set<string>();
      if (!("instance" in cause) || cause.instance !== instance) complain(`a ${cause.by} keeps ${instance} alive`);
      operators.set(instance, [...heardOf(instance), { step, at: cause.now, listed, cause, whole: false }]);
    },
    /** An operator's item was written. */
    touch(instance: string, cause: Cause): void {
      touched.set(instance, [...(touched.get(instance) ?? []), { step, cause }]);
    },
    /** What a heartbeat had to do is done, and nothing went wrong with it; it counts where nobody came in between. */
    finish(cause: Cause): void {
      if (!("instance" in cause)) return;
      const others = (touched.get(cause.instance) ?? []).filter((one) => one.step > cause.since && one.cause !== cause);
      if (others.length > 0) return;
      for (const heard of heardOf(cause.instance)) if (heard.cause === cause) heard.whole = true;
    },
    wasStale,
  };
};

/**
 * A reported time by the server's clock. A clock that is more than five minutes off is put right by the skew of the request
 * itself; one that is less is believed. What even so is to come, by more than that, happened when it arrived.
 */
const onServerClock = (time: number, { sentAt }: { sentAt: number }, now: number): number => {
  const isOff = Math.abs(now - sentAt) > 5 * MINUTE;
  const shifted = isOff ? time + now - sentAt : time;
  return shifted > now + 5 * MINUTE ? now : shifted;
};

/** The last day at or before `now`, 00:00 UTC, on which a period begins: walked to, day by day. */
export const periodStart = (anchorDay: number, now: number): string => {
  let day = Math.floor(now / DAY) * DAY;
  while (!beginsPeriod(anchorDay, day)) day -= DAY;
  return new Date(day).toISOString().slice(0, 10);
};

const beginsPeriod = (anchorDay: number, day: number): boolean => {
  const date = new Date(day).getUTCDate();
  return date === anchorDay || (new Date(day + DAY).getUTCDate() === 1 && date < anchorDay);
};
