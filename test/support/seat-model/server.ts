import { type Book, type Claimer, decide, isIdle, type Terms } from "./book.ts";
import { claimed, freed, givenBack, held } from "./moves.ts";
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
  /** The book in which it has a seat or a counted denial. */
  placedIn: string | undefined;
};

export type License = { name: string; max: number | null; overageAllowed: boolean; byUser: boolean };

export type World = { license: License; settings: SeatSettings; periodStart: (now: number) => string };

/** `taken`: of several seats that a claim may take over, the holder of the one that the server chose. */
export type Choose = (from: readonly string[]) => string;

export type SeatServer = ReturnType<typeof createSeatServer>;

/** A server with seats, one event after another: no two things happen at once, nothing fails. */
export const createSeatServer = (initial: World) => {
  let world = initial;
  const books = new Map<string, Book>();
  const sessions = new Map<string, ModelSession>();
  const denials = new Map<string, number>();

  const bookName = (now: number): string => {
    const { license, settings, periodStart } = world;
    const mode = license.byUser ? "user" : "machine";
    return `${license.name}#${mode}#${settings.mode === "floating" ? "floating" : periodStart(now)}`;
  };
  const book = (name: string): Book => books.get(name) ?? new Map();
  const holderOf = ({ machine, user }: Start): string => (world.license.byUser ? user : machine);
  const terms = (): Terms => ({ ...world.license, settings: world.settings });
  const slots = (): number =>
    [...sessions.values()].filter(({ state, holdsSlot }) => state === "live" && holdsSlot).length;
  const claimerOf = (start: Start, isNew: boolean): Claimer => ({ ...start, holder: holderOf(start), isNew });
  const deny = (code: DeniedCode): void => void denials.set(code, (denials.get(code) ?? 0) + 1);

  /** Takes a seat of the book of now for a session, if it gets one. */
  const take = (start: Start, isNew: boolean, now: number, choose: Choose): boolean => {
    const name = bookName(now);
    const claimer = claimerOf(start, isNew);
    const verdict = decide(book(name), claimer, terms(), now);
    if (verdict.kind === "denied") return false;
    const taken = verdict.kind === "take-over" ? choose(verdict.from) : undefined;
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
      const deniedCode = admit(start, when === "asks", now, choose);
      if (deniedCode !== undefined) deny(deniedCode);
      if (deniedCode !== undefined && when === "asks") return deniedCode;
      const placedIn = start.kind === "user" ? bookName(now) : undefined;
      const holdsSlot = takesSlot(start, deniedCode);
      sessions.set(start.id, { ...start, state: "live", deniedCode, holdsSlot, placedIn });
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
      const placedIn = lost.kind === "user" ? bookName(now) : undefined;
      sessions.set(id, { ...lost, state: "live", deniedCode, holdsSlot: takesSlot(lost, deniedCode), placedIn });
      return deniedCode;
    },
    /** A heartbeat lists these: each that has no place in the book of now gets one, the oldest first. */
    carryOver(listed: readonly string[], now: number, choose: Choose): void {
      const name = bookName(now);
      const open = listed
        .flatMap((id) => sessions.get(id) ?? [])
        .filter(
          ({ state, kind, deniedCode, placedIn }) =>
            state === "live" && kind === "user" && deniedCode === undefined && placedIn !== name,
        )
        .sort((one, other) => one.startedAt - other.startedAt || (one.id < other.id ? -1 : 1));
      for (const session of open) {
        giveBack(session.id, now);
        if (!take(session, false, now, choose)) deny("MaxSeatCountReached");
        sessions.set(session.id, { ...session, placedIn: name });
      }
    },
    /** The job of every five minutes: floating seats past their grace are deleted. */
    sweep(now: number): readonly string[] {
      const after = reclaimAfterMs(world.settings);
      if (world.settings.mode !== "floating" || after === undefined) return [];
      const name = bookName(now);
      const swept = [...book(name).values()].filter((seat) => isIdle(seat, after, now)).map(({ holder }) => holder);
      books.set(name, swept.reduce(freed, book(name)));
      return swept;
    },
    release(holder: string, now: number): void {
      books.set(bookName(now), freed(book(bookName(now)), holder));
    },
    /** Another license or other settings, from now on. */
    become(next: Partial<World>): void {
      world = { ...world, ...next };
    },
    session: (id: string): ModelSession | undefined => sessions.get(id),
    live: (): ModelSession[] => [...sessions.values()].filter(({ state }) => state === "live"),
    book: (now: number): Book => book(bookName(now)),
    bookName,
    slots,
    denials: (code: DeniedCode): number => denials.get(code) ?? 0,
  };
};
