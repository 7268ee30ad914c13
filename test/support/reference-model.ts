import { type ModelReport, type Person, type ReportQuery, reportOf, type Target } from "./reference-model-report.ts";

/**
 * What the server has to come to, said a second time: a small program written from the specification's words that
 * shares no line with the server. It keeps every session in a list and adds up when asked.
 */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A start as its operator tells of it, by the operator's clock. */
export type ToldStart = {
  id: string;
  instance: string;
  person: Person;
  target: Target;
  ci: boolean;
  startedAt: number;
};
/** When a request came by the server's clock, and when it was sent by the operator's. */
export type Told = { now: number; sentAt: number };
/** `ask`: before the session runs. `tell`: it runs already. */
export type How = "ask" | "tell";

export type Rules = {
  anchorDay: number;
  maxSeats: number | null;
  overageAllowed: boolean;
  seatOf: (person: Person) => string;
};

export type ModelSession = ToldStart & {
  seat: string | undefined;
  endedAt: number | undefined;
  /** The period in which it has a seat or a counted denial. */
  placedIn: number | undefined;
};

export type Model = {
  /** An operator asked for its license: whatever number its next heartbeat has, its list counts. */
  register(instance: string): void;
  /** A heartbeat came; what it lists and runs there without a place in this period claims, the oldest first. */
  beat(instance: string, seq: number, listed: readonly string[], told: Told): "taken" | "refused";
  start(start: ToldStart, told: Told, how: How): "created" | "again" | "denied" | "over";
  /** `start` is the start record that an end may carry. */
  end(id: string, endedAt: number, told: Told, start?: ToldStart): "ended" | "unknown";
  session(id: string): ModelSession | undefined;
  running(): ModelSession[];
  seats(now: number): { used: number; overage: number };
  report(query: ReportQuery, now: number): ModelReport;
};

export const createModel = (rules: Rules): Model => {
  const sessions = new Map<string, ModelSession>();
  const claims = new Map<number, Set<string>>();
  const operators = new Map<string, Noted>();

  const claimed = (now: number): Set<string> => {
    const period = periodStart(rules.anchorDay, now);
    const book = claims.get(period) ?? new Set();
    claims.set(period, book);
    return book;
  };

  const admits = (seat: string, now: number): boolean => {
    const book = claimed(now);
    if (book.has(seat)) return true;
    if (rules.maxSeats !== null && book.size >= rules.maxSeats && !rules.overageAllowed) return false;
    book.add(seat);
    return true;
  };

  const put = (start: ToldStart, told: Told, seat: string | undefined, placedIn?: number): ModelSession => {
    const session = {
      ...start,
      startedAt: arrived(start.startedAt + clockShift(told), told.now),
      seat,
      endedAt: undefined,
      placedIn,
    };
    sessions.set(start.id, session);
    return session;
  };

  return {
    register: (instance) => void operators.delete(instance),
    beat(instance, seq, listed, { now, sentAt }) {
      const noted = operators.get(instance);
      const isAgain = noted?.seq === seq && noted.sentAt === sentAt;
      if (noted !== undefined && seq <= noted.seq && !isAgain && !isClearlyLater(sentAt, noted)) return "refused";
      if (!isAgain) operators.set(instance, { seq, sentAt, arrivedAt: now });
      const period = periodStart(rules.anchorDay, now);
      const seated = listed.flatMap((id) => sessions.get(id) ?? []).filter((session) => session.instance === instance);
      for (const session of seated.sort((a, b) => a.startedAt - b.startedAt)) {
        const { seat, endedAt, placedIn } = session;
        if (seat === undefined || endedAt !== undefined || placedIn === period) continue;
        admits(seat, now);
        session.placedIn = period;
      }
      return "taken";
    },
    start(start, told, how) {
      const known = sessions.get(start.id);
      if (known?.endedAt !== undefined) return "over";
      if (known !== undefined) return known.ci || known.seat !== undefined ? "again" : "denied";
      const seat = start.ci ? undefined : rules.seatOf(start.person);
      const admitted = seat === undefined || admits(seat, told.now);
      if (admitted) put(start, told, seat, periodStart(rules.anchorDay, told.now));
      else if (how === "tell") put(start, told, undefined);
      return admitted ? "created" : "denied";
    },
    end(id, endedAt, told, start) {
      const session = sessions.get(id) ?? (start && put(start, told, undefined));
      if (session === undefined) return "unknown";
      session.endedAt ??= endOf(session, endedAt + clockShift(told), told.now);
      return "ended";
    },
    session: (id) => sessions.get(id),
    running: () => [...sessions.values()].filter(({ endedAt }) => endedAt === undefined),
    seats(now) {
      const used = claimed(now).size;
      return { used, overage: rules.maxSeats === null ? 0 : Math.max(0, used - rules.maxSeats) };
    },
    report(query, now) {
      const ended = [...sessions.values()].flatMap((session) =>
        session.endedAt === undefined ? [] : [{ ...session, endedAt: session.endedAt }],
      );
      return reportOf(ended, query, now);
    },
  };
};

/** A clock that is more than five minutes off is put right; one that is less is believed. */
const clockShift = ({ now, sentAt }: Told): number => (Math.abs(now - sentAt) > 5 * MINUTE ? now - sentAt : 0);

/** No later than it arrived, no earlier than the start, and at most 35 days after it. */
const endOf = ({ startedAt }: ModelSession, endedAt: number, now: number): number =>
  Math.min(Math.max(arrived(endedAt, now), startedAt), startedAt + 35 * DAY);

/** Nothing happens after it is reported, but for what clocks that are believed differ by. */
const arrived = (time: number, now: number): number => (time > now + 5 * MINUTE ? now : time);

/** The heartbeat of an operator whose list counted last. */
type Noted = { seq: number; sentAt: number; arrivedAt: number };

const isClearlyLater = (time: number, { sentAt, arrivedAt }: Noted): boolean =>
  time - Math.min(sentAt, arrivedAt) > 5 * MINUTE;

/** The last day at or before `now`, 00:00 UTC, on which a period begins: walked to, day by day. */
export const periodStart = (anchorDay: number, now: number): number => {
  let day = Math.floor(now / DAY) * DAY;
  while (!beginsPeriod(anchorDay, day)) day -= DAY;
  return day;
};

const beginsPeriod = (anchorDay: number, day: number): boolean => {
  const date = new Date(day).getUTCDate();
  const isLastOfMonth = new Date(day + DAY).getUTCDate() === 1;
  return date === anchorDay || (isLastOfMonth && date < anchorDay);
};
