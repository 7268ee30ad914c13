import { type Book, type Claimer, decide, isIdle, type Terms } from "./book.ts";
import { claimed, freed, givenBack, held } from "./moves.ts";
import { breaksPromise } from "./promise.ts";
import { reclaimAfterMs, type SeatSettings } from "./settings.ts";
import { hasSlot } from "./slots.ts";

export type Start = {
  id: string;
  instance: string;
  machine: string;
  user: string;
  namespace: string;
  kind: "user" | "ci" | "preview";
  startedAt: number;
};

export type DeniedCode = "MaxSeatCountReached" | "MaxConcurrentMachineSessionsReached";

export type ModelSession = Start & {
  state: "live" | "ended" | "lost";
  deniedCode: DeniedCode | undefined;
  holdsSlot: boolean;
  /** The book in which it has a seat, which it holds where seats are reclaimed, or a counted denial. */
  placed: { book: string; as: "holder" | "user" | "denied" } | undefined;
};

export type License = { name: string; max: number | null; overageAllowed: boolean };

export type World = {
  license: License;
  settings: SeatSettings;
  periodStart: (now: number) => string;
  /** Whose seat a session takes. */
  holderOf: (start: Start) => string;
};

/**
 * Of the seats that a claim may take over, the holder of the one that the server chose. Undefined if it found none: the index
 * may be behind.
 */
export type Choose = (from: readonly string[]) => string | undefined;

export type SeatServer = ReturnType<typeof createSeatServer>;

const FLOATING = "#floating";
/** At this time no seat has been idle. */
const NEVER_IDLE = Number.NEGATIVE_INFINITY;

/** For this long after a change, functions may still go by what was before. */
const KNOWN_AFTER_MS = 2 * 60_000;

/** A server with seats, one event after another: no two things happen at once, nothing fails. */
export const createSeatServer = (initial: World) => {
  let world = initial;
  const books = new Map<string, Book>();
  const sessions = new Map<string, ModelSession>();
  const denials = new Map<string, number>();
  /** The books in which the job has found that every live session holds its seat: until then none is taken over. */
  let settled = new Set<string>();
  let changedAt = Number.NEGATIVE_INFINITY;

  const bookName = (now: number): string => {
    const { license, settings, periodStart } = world;
    return `${license.name}${settings.mode === "floating" ? FLOATING : `#${periodStart(now)}`}`;
  };
  const book = (name: string): Book => books.get(name) ?? new Map();
  const terms = (): Terms => ({ ...world.license, settings: world.settings });
  const slots = (): number =>
    [...sessions.values()].filter(({ state, holdsSlot }) => state === "live" && holdsSlot).length;
  const claimerOf = (start: Start, isNew: boolean): Claimer => ({ ...start, holder: world.holderOf(start), isNew });
  const deny = (code: DeniedCode): void => void denials.set(code, (denials.get(code) ?? 0) + 1);

  /** Takes a seat of the book of now for a session, if it gets one. */
  const take = (start: Start, isNew: boolean, now: number, choose: Choose): boolean => {
    const name = bookName(now);
    const claimer = claimerOf(start, isNew);
    const first = decide(book(name), claimer, terms(), settled.has(name) ? now : NEVER_IDLE);
    const taken = first.kind === "take-over" ? choose(first.from) : undefined;
    const isMissed = first.kind === "take-over" && taken === undefined;
    const verdict = isMissed ? decide(book(name), claimer, terms(), NEVER_IDLE) : first;
    if (verdict.kind === "denied") return false;
    const next =
      verdict.kind === "holder"
        ? held(book(name), claimer.holder, start.id)
        : claimed(book(name), verdict, claimer, start.id, now, taken);
    books.set(name, next);
    return true;
  };

  /** What a session that is live from now on holds, or why it is denied. */
  const admit = (start: Start, isNew: boolean, now: number, choose: Choose): DeniedCode | undefined => {
    if (start.kind === "user") return take(start, isNew, now, choose) ? undefined : "MaxSeatCountReached";
    return hasSlot([slots()], world.settings.machineMax) ? undefined : "MaxConcurrentMachineSessionsReached";
  };

  const isReclaimed = (): boolean => reclaimAfterMs(world.settings) !== undefined;
  const placeOf = ({ kind }: Start, isSeated: boolean, now: number): ModelSession["placed"] =>
    kind === "user" ? { book: bookName(now), as: !isSeated ? "denied" : isReclaimed() ? "holder" : "user" } : undefined;
  const hasPlace = ({ placed }: ModelSession, now: number): boolean =>
    placed?.book === bookName(now) && !(placed.as === "user" && isReclaimed());

  const needsPlace = ({ kind, deniedCode }: ModelSession): boolean => kind === "user" && deniedCode === undefined;
  const live = (): ModelSession[] => [...sessions.values()].filter(({ state }) => state === "live");

  const takesSlot = ({ kind }: Start, deniedCode: DeniedCode | undefined): boolean =>
    kind !== "user" && deniedCode === undefined && world.settings.machineMax !== undefined;

  const giveBack = (id: string, now: number): void => {
    for (const [name, seats] of books) books.set(name, givenBack(seats, id, now));
  };

  const over = (id: string, state: "ended" | "lost", now: number): void => {
    const session = sessions.get(id);
    if (session === undefined) return;
    sessions.set(id, { ...session, state, holdsSlot: false });
    if (session.state === "live") giveBack(id, now);
  };

  return {
    /** A start that asks before the session runs, or reports one that runs. */
    start(start: Start, when: "asks" | "runs", now: number, choose: Choose): "created" | "again" | "over" | DeniedCode {
      const known = sessions.get(start.id);
      if (known?.state === "ended") return "over";
      if (known?.state === "live") return known.deniedCode ?? "again";
      const deniedCode = admit(start, true, now, choose);
      if (deniedCode !== undefined) deny(deniedCode);
      if (deniedCode !== undefined && when === "asks") return deniedCode;
      const placed = placeOf(start, deniedCode === undefined, now);
      const holdsSlot = takesSlot(start, deniedCode);
      sessions.set(start.id, { ...start, state: "live", deniedCode, holdsSlot, placed });
      return deniedCode ?? "created";
    },
    end: (id: string, now: number): void => over(id, "ended", now),
    lose: (id: string, now: number): void => over(id, "lost", now),
    /** A lost session turns out to be live: it takes again what it needs, or is denied. */
    revive(id: string, now: number, choose: Choose): DeniedCode | undefined {
      const lost = sessions.get(id);
      if (lost?.state !== "lost") return undefined;
      const deniedCode = lost.deniedCode ?? admit(lost, false, now, choose);
      if (deniedCode !== lost.deniedCode && deniedCode !== undefined) deny(deniedCode);
      const placed = placeOf(lost, deniedCode === undefined, now);
      sessions.set(id, { ...lost, state: "live", deniedCode, holdsSlot: takesSlot(lost, deniedCode), placed });
      return deniedCode;
    },
    /**
     * A heartbeat lists these: each that has no place in the book of now gets one, the oldest first. Where seats are reclaimed,
     * each holds its seat from then on.
     */
    carryOver(listed: readonly string[], now: number, choose: Choose): void {
      const open = listed
        .flatMap((id) => sessions.get(id) ?? [])
        .filter((session) => session.state === "live" && needsPlace(session) && !hasPlace(session, now))
        .sort((one, other) => one.startedAt - other.startedAt || (one.id < other.id ? -1 : 1));
      for (const session of open) {
        giveBack(session.id, now);
        const isSeated = take(session, false, now, choose);
        if (!isSeated) deny("MaxSeatCountReached");
        sessions.set(session.id, { ...session, placed: placeOf(session, isSeated, now) });
      }
    },
    /**
     * The job of every five minutes: floating seats past their grace are deleted, and those of floating books that are
     * not in use once they are idle. `isFound`: whether the job found a seat, which it may miss where the index is behind.
     */
    sweep(now: number, isFound: (holder: string, book: string) => boolean = () => true): void {
      const name = bookName(now);
      const after = reclaimAfterMs(world.settings);
      const isKnown = now >= changedAt + KNOWN_AFTER_MS;
      if (
        isKnown &&
        after !== undefined &&
        books.has(name) &&
        live().every((one) => !needsPlace(one) || hasPlace(one, now))
      )
        settled.add(name);
      for (const [other, seats] of books) {
        if (!other.endsWith(FLOATING) || (other === name && !settled.has(name))) continue;
        const graceMs = other === name ? (after ?? 0) : 0;
        const idle = [...seats.values()].filter((seat) => isIdle(seat, graceMs, now)).map(({ holder }) => holder);
        books.set(other, idle.filter((holder) => isFound(holder, other)).reduce(freed, seats));
      }
    },
    release(holder: string, now: number): void {
      books.set(bookName(now), freed(book(bookName(now)), holder));
    },
    /** Another license or other settings, from now on. */
    become(next: Partial<World>, now: number): void {
      const before = [bookName(now), isReclaimed()].join();
      world = { ...world, ...next };
      if (before !== [bookName(now), isReclaimed()].join()) {
        settled = new Set();
        changedAt = now;
      }
      books.set(bookName(now), book(bookName(now)));
    },
    /** Whether the promise of `floating` forbids to refuse this start. */
    isOwedSeat: (start: Start, now: number): boolean =>
      world.settings.mode === "floating" &&
      settled.has(bookName(now)) &&
      breaksPromise(book(bookName(now)), claimerOf(start, true), terms(), now),
    session: (id: string): ModelSession | undefined => sessions.get(id),
    live,
    book: (now: number): Book => book(bookName(now)),
    bookName,
    slots,
    denials: (code: DeniedCode): number => denials.get(code) ?? 0,
  };
};
