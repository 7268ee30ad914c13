import type { HeartbeatRequest } from "../../../agent/wire/bodies.ts";
import type { Person, Request, Subject } from "./call.ts";
import { toldEnd } from "./call.ts";
import type { Answer } from "./fleet.ts";
import type { ToldStart } from "./reference.ts";

/** A session as it really is. */
export type TrueSession = {
  id: string;
  person: Person;
  namespace: string;
  ci: boolean;
  startedAt: number;
  endedAt: number | undefined;
  /** The same by the operator's own clock, as they are reported. */
  reported: { startedAt: number; endedAt: number };
  /** Where it is being asked for, it does not run yet; refused, it never did. */
  state: "asked" | "running" | "over" | "refused";
};

const LONGEST = 35 * 24 * 60 * 60_000;

const lastedTooLong = (session: Pick<TrueSession, "startedAt" | "endedAt"> | undefined): boolean =>
  session?.endedAt !== undefined && session.endedAt - session.startedAt > LONGEST;

const causeOfStart =
  (session: string, start: ToldStart): Request["cause"] =>
  (at, since) => ({ by: "start", session, start, now: at, since });

export type Operator = ReturnType<typeof createOperator>;

type WireSession = Record<string, unknown> & { session_id: string };

/**
 * The least that an operator does: it lists what runs, keeps every event until the server has said what became of it, and
 * stops what it is told to stop. It makes the requests and takes their answers; what lies in between is not its affair.
 */
export const createOperator = (name: string, now: () => number) => {
  const sessions = new Map<string, TrueSession>();
  /** Events the server has not taken: starts, and ends with whether they have to carry the start. */
  const starts = new Set<string>();
  const ends = new Map<string, { carriesStart: boolean }>();
  let restarts = 0;
  let licensed = false;
  let seq = 0;
  let gone = false;
  /** By how much its clock is ahead of the server's, and whether it ever was off. */
  let skew = 0;
  let wasOff = false;
  const clock = (): number => now() + skew;

  const instance = (): string => `${name}-${restarts}`;
  const running = (): TrueSession[] => [...sessions.values()].filter(({ state }) => state === "running");

  const wireStart = ({ id, person, namespace, ci, reported }: TrueSession): WireSession => ({
    session_id: id,
    instance_id: instance(),
    started_at: new Date(reported.startedAt).toISOString(),
    ci,
    client: {
      id: person.machine,
      hostname: `${person.machine}-host`,
      username: "dev",
      kubernetes_username: person.user,
    },
    target: { namespace, kind: "deployment", name: "checkout" },
  });

  const wireEnd = (session: TrueSession, carriesStart: boolean) => ({
    ended_at: new Date(session.reported.endedAt).toISOString(),
    ...(carriesStart ? { start: wireStart(session) } : {}),
  });

  const subjectOf = ({ id, person, namespace, ci }: TrueSession): Subject => ({
    ...{ id, person, namespace, ci },
    instance: instance(),
  });

  const run = (session: TrueSession): void => {
    if (session.state === "asked") session.state = "running";
    starts.add(session.id);
  };

  const stop = (session: TrueSession): void => {
    if (session.state !== "running") return;
    session.state = "over";
    session.endedAt = now();
    session.reported.endedAt = clock();
    ends.set(session.id, { carriesStart: starts.has(session.id) });
    starts.delete(session.id);
  };

  const beatEvents = () => ({
    started: [...sessions.values()].filter(({ id, state }) => state === "running" && starts.has(id)),
    ended: [...sessions.values()].filter(({ id }) => ends.has(id)),
  });

  // Nobody had heard of it, and it lasted longer than any session does.
  const forget = (id: string): void => {
    const session = sessions.get(id);
    if (session !== undefined) session.state = "refused";
    ends.delete(id);
  };

  const takeVerdicts = (beat: HeartbeatRequest, { json }: Answer): void => {
    const toldOfEnd = new Set(beat.ended?.map(({ session_id }) => session_id));
    for (const id of json.accepted as string[]) {
      if (toldOfEnd.has(id)) ends.delete(id);
      else starts.delete(id);
    }
    for (const { session_id: id } of json.denied as { session_id: string }[]) starts.delete(id);
    for (const { session_id: id, code } of json.rejected as { session_id: string; code: string }[]) {
      if (code === "NotFound" && ends.has(id)) ends.set(id, { carriesStart: true });
      else if (code === "SessionConflict" || code === "SessionEnded") starts.delete(id);
      else if (code === "BadRequest" && lastedTooLong(sessions.get(id))) forget(id);
    }
    for (const id of json.terminate as string[]) {
      const session = sessions.get(id);
      if (session !== undefined) stop(session);
    }
    for (const id of json.unknown as string[]) if (sessions.get(id)?.state === "running") starts.add(id);
  };

  return {
    sessions,
    instance,
    running,
    isGone: () => gone,
    /** Whether it has got its license: before that it does nothing. */
    isLicensed: () => licensed,
    hasEvents: () => starts.size + ends.size > 0,
    /** A session that was just created, to be asked for or told of. */
    open(id: string, person: Person, ci: boolean, namespace = "shop"): TrueSession {
      const session: TrueSession = {
        ...{ id, person, namespace, ci },
        startedAt: now(),
        endedAt: undefined,
        reported: { startedAt: clock(), endedAt: 0 },
        state: "asked",
      };
      sessions.set(id, session);
      return session;
    },
    /** Runs a session without having asked: the next heartbeat tells of it. */
    run,
    stop,
    register(): Request {
      const ofInstance = instance();
      return {
        name: `${ofInstance} registers`,
        method: "POST",
        sentAt: now(),
        path: "/api/v1/license",
        body: { instance_id: ofInstance, operator_version: "3.130.0" },
        cause: (at, since) => ({ by: "register", instance: ofInstance, now: at, since }),
        subjects: [],
      };
    },
    takeLicense(answer: Answer | undefined): void {
      if (answer?.status === 200) licensed = true;
    },
    ask: (session: TrueSession): Request => ({
      name: `${instance()} asks for ${session.id} of ${session.person.machine}`,
      method: "POST",
      sentAt: now(),
      path: "/api/v1/sessions",
      body: { ...wireStart(session), sent_at: new Date(clock()).toISOString() },
      cause: causeOfStart(session.id, { startedAt: session.reported.startedAt, sentAt: clock() }),
      subjects: [subjectOf(session)],
    }),
    takeStart(session: TrueSession, answer: Answer | undefined): void {
      if (session.state !== "asked") return;
      // Where it cannot be asked for it runs all the same, and is told of.
      if (answer === undefined || answer.status >= 500) run(session);
      else session.state = answer.status < 300 ? "running" : "refused";
    },
    tellEnd(session: TrueSession): Request {
      const sentAt = clock();
      const carriesStart = ends.get(session.id)?.carriesStart ?? false;
      const body = { ...wireEnd(session, carriesStart), sent_at: new Date(sentAt).toISOString() };
      return {
        name: `${instance()} ends ${session.id}`,
        method: "POST",
        sentAt: now(),
        path: `/api/v1/sessions/${session.id}/end`,
        body,
        cause: (at, since) => ({ by: "end", session: session.id, end: toldEnd(body, sentAt), now: at, since }),
        subjects: [subjectOf(session)],
      };
    },
    takeEnd(session: TrueSession, answer: Answer | undefined): void {
      if (answer?.status === 200) ends.delete(session.id);
      if (answer?.status === 404 && ends.has(session.id)) ends.set(session.id, { carriesStart: true });
      if (answer?.status === 400 && lastedTooLong(session)) forget(session.id);
    },
    /** A heartbeat. With a number of its own where one is given, which leaves its count as it is. */
    beat(number?: number): Request {
      if (number === undefined) seq += 1;
      const sentAt = clock();
      const { started, ended } = beatEvents();
      const ofInstance = instance();
      const body = {
        instance_id: ofInstance,
        operator_version: "3.130.0",
        seq: number ?? seq,
        sent_at: new Date(sentAt).toISOString(),
        sessions: running().map(({ id }) => id),
        started: started.map(wireStart),
        ended: ended.map((session) => ({
          session_id: session.id,
          ...wireEnd(session, ends.get(session.id)?.carriesStart ?? false),
        })),
      };
      const told = new Map(body.ended.map((end) => [end.session_id, toldEnd(end, sentAt)]));
      const subjects = new Map([...running(), ...started, ...ended].map((session) => [session.id, subjectOf(session)]));
      return {
        name: `${ofInstance} beats ${number ?? seq}: lists ${body.sessions}, starts ${started.map(({ id }) => id)}, ends ${[...told.keys()]}`,
        method: "POST",
        sentAt: now(),
        path: "/api/v1/heartbeat",
        body,
        cause: (at, since) => ({
          by: "beat",
          instance: ofInstance,
          listed: new Set(body.sessions),
          sentAt,
          started: new Map(started.map(({ id, reported }) => [id, { startedAt: reported.startedAt, sentAt }])),
          ended: told,
          now: at,
          since,
        }),
        subjects: [...subjects.values()],
      };
    },
    takeBeat(request: Request, answer: Answer | undefined): void {
      const beat = request.body as unknown as HeartbeatRequest;
      if (answer?.status === 200 && beat.instance_id === instance()) takeVerdicts(beat, answer);
    },
    /** A new process takes over what runs and what is untold; what was asked for is never answered. */
    restart(): void {
      restarts += 1;
      licensed = false;
      seq = 0;
      for (const session of sessions.values()) if (session.state === "asked") run(session);
    },
    /** It counts its heartbeats from 1 again, and does not register anew. */
    renumber: (): void => {
      seq = 0;
    },
    /** Its clock is set, or put right. */
    setClock(ahead: number): void {
      skew = ahead;
      if (ahead !== 0) wasOff = true;
    },
    /** Whether its clock was right all along, so that what it reports is true to the millisecond. */
    isExact: () => !wasOff,
    /** Its cluster is gone: nobody hears of it any more. */
    vanish: (): void => {
      gone = true;
    },
  };
};
