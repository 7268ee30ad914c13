import { formatTime } from "../../shared/contract/time.ts";
import type { Answer, App } from "./app.ts";
import type { Person, Target } from "./reference-model-report.ts";
import { endBody, heartbeatBody, type Json, licenseBody, startBody } from "./wire.ts";

/** What became of a request on its way: arrived and answered, never arrived, arrived with its answer lost, or is late. */
export type Delivery = "whole" | "request lost" | "answer lost" | "late";

/** A session as it really is, by the true clock. */
export type TrueSession = { id: string; person: Person; target: Target; ci: boolean; startedAt: number };

export type Request = { path: string; body: Json; instance: string };
/** A request that reached the server, and what it answered. */
export type Arrival = Request & { answer: Answer; now: number };

export type SmallOperatorOptions = {
  app: Pick<App, "call" | "clock">;
  name: string;
  /** What its clock is ahead by at first; below zero it is behind. */
  skewMs?: number;
  onArrival?: (arrival: Arrival) => void;
  /** At most so many starts in one heartbeat. */
  startsPerBeat?: number;
};

/** What the server has not acknowledged of a session. */
type Untold = { session: TrueSession; start: boolean; endedAt?: number };

export type SmallOperator = ReturnType<typeof createSmallOperator>;

/**
 * The least an operator has to do: it lists what runs, keeps every event until the server has said what became of it,
 * and stops what it is told to stop. Times in are true ones; on the wire they are its own clock's.
 */
export const createSmallOperator = (options: SmallOperatorOptions) => {
  const { app, name, onArrival = () => {}, startsPerBeat = 500 } = options;
  let skewMs = options.skewMs ?? 0;
  /** When a session started and ended by the clock as it was then. */
  const startedBy = new Map<string, number>();
  const endedBy = new Map<string, number>();
  const running = new Map<string, TrueSession>();
  const forgotten = new Map<string, TrueSession>();
  const untold = new Map<string, Untold>();
  const over: (TrueSession & { endedAt: number })[] = [];
  const inFlight: Request[] = [];
  const sent: Request[] = [];
  let restarts = 0;
  let seq = 0;

  const instance = () => `${name}-${restarts}`;
  const clock = () => app.clock.now + skewMs;

  const arrive = async (request: Request): Promise<Answer> => {
    const answer = await app.call("POST", request.path, { body: request.body });
    onArrival({ ...request, answer, now: app.clock.now });
    if (answer.status < 300 && request.path !== "/api/v1/license" && isSettled(request, answer)) sent.push(request);
    return answer;
  };

  const deliver = async (path: string, body: Json, delivery: Delivery): Promise<Answer | undefined> => {
    const request: Request = { path, body, instance: instance() };
    if (delivery === "late") inFlight.push(request);
    if (delivery === "late" || delivery === "request lost") return undefined;
    const answer = await arrive(request);
    return delivery === "answer lost" || answer.status >= 500 ? undefined : answer;
  };

  const wireStart = (session: TrueSession) =>
    startBody(startedBy.get(session.id) ?? session.startedAt + skewMs, {
      session_id: session.id,
      instance_id: instance(),
      sent_at: formatTime(clock()),
      ci: session.ci,
      client: {
        id: session.person.machineId,
        hostname: session.person.clientHostname,
        username: session.person.clientUsername,
        kubernetes_username: session.person.kubernetesUsername,
      },
      target: session.target,
    });

  const wireEnd = (entry: Untold, endedAt: number, carriesStart: boolean) =>
    endBody(endedBy.get(entry.session.id) ?? endedAt + skewMs, {
      sent_at: formatTime(clock()),
      ...(carriesStart ? { start: wireStart(entry.session) } : {}),
    });

  const settle = (answer: Answer, ended: ReadonlySet<string>): void => {
    const { accepted, denied, terminate, unknown, rejected } = answer.json;
    for (const id of [...accepted, ...denied.map((one: { session_id: string }) => one.session_id)]) {
      const entry = untold.get(id);
      if (entry === undefined) continue;
      entry.start = false;
      if (entry.endedAt === undefined || ended.has(id)) untold.delete(id);
    }
    for (const { session_id: id, code, detail } of rejected) {
      const entry = untold.get(id);
      if (entry === undefined) continue;
      if (code === "NotFound") entry.start = true;
      else if (code === "SessionConflict" && entry.endedAt === undefined) untold.delete(id);
      else if (code === "SessionConflict") entry.start = false;
      else if (code === "SessionEnded") untold.delete(id);
      else throw new Error(`rejected ${id}: ${code}, ${detail}`);
    }
    for (const id of terminate) stop(id);
    for (const id of unknown) {
      const session = running.get(id);
      if (session !== undefined) untold.set(id, { session, start: true });
    }
  };

  const stop = (id: string, endedAt = app.clock.now): Untold | undefined => {
    const session = running.get(id) ?? forgotten.get(id);
    if (session === undefined) return undefined;
    running.delete(id);
    forgotten.delete(id);
    const entry = { session, start: untold.get(id)?.start ?? false, endedAt };
    endedBy.set(id, endedAt + skewMs);
    untold.set(id, entry);
    over.push({ ...session, endedAt });
    return entry;
  };

  return {
    running,
    forgotten,
    untold,
    /** All that ran here and ended, as it really was. */
    over,
    skewMs: () => skewMs,
    /** The clock is set: what started before keeps the time it was given. */
    setClock(aheadMs: number): void {
      skewMs = aheadMs;
    },
    /** Numbers its heartbeats anew, as a new process that keeps the id does; one by the book registers first. */
    async renumber(registers: boolean): Promise<void> {
      seq = 0;
      if (registers) await deliver("/api/v1/license", licenseBody({ instance_id: instance() }), "whole");
    },
    instance,
    clock,
    /** Asks for the session; where the server cannot be asked it runs all the same, and is told of later. */
    async start(session: TrueSession, delivery: Delivery = "whole"): Promise<"runs" | "refused"> {
      startedBy.set(session.id, session.startedAt + skewMs);
      const answer = await deliver("/api/v1/sessions", wireStart(session), delivery);
      if (answer !== undefined && answer.status >= 400) return "refused";
      running.set(session.id, session);
      if (answer === undefined) untold.set(session.id, { session, start: true });
      return "runs";
    },
    /** Runs a session without asking: its start goes in the next heartbeat. */
    startQuietly(session: TrueSession): void {
      startedBy.set(session.id, session.startedAt + skewMs);
      running.set(session.id, session);
      untold.set(session.id, { session, start: true });
    },
    /** A session that began and ended while nobody could be told. */
    hadSession(session: TrueSession, endedAt: number): void {
      untold.set(session.id, { session, start: true, endedAt });
      over.push({ ...session, endedAt });
    },
    /** The session ends; the next heartbeats tell of it. */
    stop,
    /** Tells of an end in a call of its own. */
    async tellEnd(id: string, delivery: Delivery = "whole"): Promise<void> {
      const entry = untold.get(id);
      if (entry?.endedAt === undefined) return;
      const body = wireEnd(entry, entry.endedAt, entry.start);
      const answer = await deliver(`/api/v1/sessions/${encodeURIComponent(id)}/end`, body, delivery);
      if (answer?.status === 200) untold.delete(id);
      if (answer?.status === 404) entry.start = true;
    },
    /** One heartbeat. `apart`: starts and ends of one session go side by side instead of the one in the other. */
    async beat(delivery: Delivery = "whole", apart = false): Promise<Answer | undefined> {
      seq += 1;
      const entries = [...untold.values()];
      const starts = entries.filter(({ start, endedAt }) => start && endedAt === undefined).slice(0, startsPerBeat);
      const ends = entries.flatMap((entry) =>
        entry.endedAt === undefined ? [] : [{ ...entry, endedAt: entry.endedAt }],
      );
      const startsApart = apart ? ends.filter(({ start }) => start) : [];
      const body = heartbeatBody(clock(), {
        instance_id: instance(),
        seq,
        sessions: [...running.keys()],
        started: [...starts, ...startsApart].map(({ session }) => wireStart(session)),
        ended: ends.map((entry) => ({
          session_id: entry.session.id,
          ...wireEnd(entry, entry.endedAt, entry.start && !apart),
        })),
      });
      const answer = await deliver("/api/v1/heartbeat", body, delivery);
      if (answer !== undefined) settle(answer, new Set(ends.map(({ session }) => session.id)));
      return answer;
    },
    /** Delivers what was late. */
    async land(): Promise<void> {
      for (const request of inFlight.splice(0)) await arrive(request);
    },
    /** Delivers a request once more, just as it was: one that did all it was sent for. */
    async repeat(place: number): Promise<void> {
      const request = sent[place % Math.max(1, sent.length)];
      if (request !== undefined) await arrive(request);
    },
    /** A new process takes over what runs and what is untold. */
    restart(): void {
      restarts += 1;
      seq = 0;
    },
    /** Leaves a session out of its list although it runs. */
    forget(id: string): void {
      const session = running.get(id);
      if (session === undefined) return;
      running.delete(id);
      forgotten.set(id, session);
    },
    remember(id: string): void {
      const session = forgotten.get(id);
      if (session === undefined) return;
      forgotten.delete(id);
      running.set(id, session);
    },
  };
};

// Of one that was left undone a late copy is news, and its old `sent_at` would pass for a wrong clock.
const isSettled = ({ body }: Request, { json }: Answer): boolean =>
  [body["started"], body["ended"]].every((events) =>
    ((events ?? []) as { session_id: string }[]).every(({ session_id }) => json.accepted.includes(session_id)),
  );
