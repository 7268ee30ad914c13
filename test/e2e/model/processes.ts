import fc from "fast-check";
import { expect } from "vitest";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { type App, createApp } from "../../support/app.ts";
import type { Server } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";
import { expectDigest, expectSoundTable } from "../../support/table-truth.ts";

/**
 * The agent of one cluster, whose process is replaced again and again, with and without a registration, while the one before
 * still runs. A process has no list until it has seen its whole cluster. Some of them enforce seats.
 */

const MINUTE = 60_000;
/** A denied session is stopped only if it was younger when it was denied. */
const YOUNG = 5 * MINUTE;
/** How many replaced processes the server remembers. */
const REMEMBERED = 4;
const SEATS = 2;
const USERS = ["ana", "bo", "cy", "di"];

type Session = {
  id: string;
  user: string;
  startedAt: number;
  endedAt: number | undefined;
  /** When the server denied it. */
  deniedAt: number | undefined;
  isKilled: boolean;
  /** Whether its agent reported that it cannot stop it. */
  isRefused: boolean;
};

type Process = {
  agent: ReturnType<typeof agentAt>;
  enforces: boolean;
  /** Whether the server has heard of it. */
  isNoted: boolean;
  hasList: boolean;
};

const pick = fc.nat(7);
const act = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("start" as const), user: fc.nat(3), minutesAgo: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), pick }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant("beat" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("list" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("replace" as const), enforces: fc.boolean(), registers: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("old beats" as const), pick, withList: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cannot stop" as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(0, 1, 3, 16) }) },
);

/** What happens, in order. */
export const processActs = fc.array(act, { minLength: 10, maxLength: 40 });
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

export const liveProcesses = async (acts: readonly Act[]): Promise<void> => {
  const server = await createApp({ terms: { type: "teams", max_seats: SEATS, subscription_id: "sub-1" } });
  try {
    const world = await createWorld(server);
    for (const one of acts) {
      await world.act(one);
      await world.compare();
    }
    await world.drain();
    await world.compare();
    await expectSoundTable(server);
  } finally {
    await server.close();
  }
};

const createWorld = async (server: App) => {
  const sessions: Session[] = [];
  /** Starts and ends that the server has not answered for. They outlive a process. */
  const starts = new Set<string>();
  const ends = new Set<string>();
  const processes: Process[] = [];
  const now = (): number => server.clock.now;
  const time = (at: number): string => new Date(at).toISOString();
  const nth = <T>(list: readonly T[], place: number): T | undefined => list[place % Math.max(1, list.length)];
  const live = (): Session[] => sessions.filter(({ endedAt }) => endedAt === undefined);
  const named = (ids: ReadonlySet<string>): Session[] => sessions.filter(({ id }) => ids.has(id));

  const current = (): Process => {
    const process = processes.at(-1);
    if (process === undefined) throw new Error("there is always a process");
    return process;
  };
  const replace = async (enforces: boolean, registers: boolean): Promise<void> => {
    const settings = { process: `process-${processes.length}`, enforces };
    // A process numbers its heartbeats from the time of its start, and takes longer than this to start.
    server.clock.now += 1_000;
    // The app lacks only what no request needs.
    const process = { agent: agentAt(server as Server, settings), enforces, isNoted: registers, hasList: false };
    const { status } = await process.agent.registers(registers ? {} : { agent: { version: "" } });
    expect(status, "a registration").toBe(registers ? 200 : 400);
    processes.push(process);
  };

  const startOf = ({ id, user, startedAt }: Session, agent: Process["agent"]): object =>
    agent.start(id, user, { started_at: time(startedAt) });

  /** What the server must want stopped. */
  const toStop = (enforces: boolean): string[] =>
    live()
      .filter(({ id, isKilled, isRefused, deniedAt, startedAt }) => {
        if (starts.has(id) || isRefused) return false;
        return isKilled || (enforces && deniedAt !== undefined && deniedAt - startedAt < YOUNG);
      })
      .map(({ id }) => id);

  const beat = async (process: Process, stopped: object[] = []): Promise<void> => {
    const ids = live().map(({ id }) => id);
    const body = expectSuccess(
      "heartbeat",
      await process.agent.beats(process.hasList ? ids : undefined, {
        started: named(starts).map((session) => startOf(session, process.agent)),
        ended: named(ends).map((session) => ({
          session_id: session.id,
          ended_at: time(session.endedAt ?? 0),
          start: startOf(session, process.agent),
        })),
        stopped,
      }),
    );
    process.isNoted = true;
    expect({ list: body.list, superseded: body.superseded }, "the current process").toEqual({
      list: process.hasList ? "taken" : "absent",
      superseded: undefined,
    });
    expect([body.rejected, body.unknown, body.conflict]).toEqual([[], [], []]);
    for (const { session_id: id } of body.denied) {
      const session = sessions.find((one) => one.id === id);
      if (session !== undefined) session.deniedAt ??= now();
      starts.delete(id);
    }
    for (const id of body.accepted) {
      starts.delete(id);
      ends.delete(id);
    }
    expect([...starts, ...ends], "what is not acknowledged").toEqual([]);
    expect(body.terminate.toSorted(), "what is to be stopped").toEqual(toStop(process.enforces).sort());
  };

  const acting: { [Name in Act["do"]]: (one: Act & { do: Name }) => void | Promise<void> } = {
    start(one) {
      const id = `s-${sessions.length}`;
      const startedAt = now() - one.minutesAgo * MINUTE;
      const fresh = { endedAt: undefined, deniedAt: undefined, isKilled: false, isRefused: false };
      sessions.push({ id, user: USERS[one.user] ?? "", startedAt, ...fresh });
      starts.add(id);
    },
    end(one) {
      const session = nth(live(), one.pick);
      if (session === undefined) return;
      session.endedAt = now();
      starts.delete(session.id);
      ends.add(session.id);
    },
    beat: () => beat(current()),
    list() {
      current().hasList = true;
    },
    replace: (one) => replace(one.enforces, one.registers),
    async "old beats"(one) {
      const noted = processes.filter(({ isNoted }) => isNoted);
      const old = nth(noted.slice(0, -1).slice(-REMEMBERED), one.pick);
      if (old === undefined || old === current()) return;
      // Its list and its stops are of the past, and must change nothing.
      const body = expectSuccess("heartbeat", await old.agent.beats(one.withList ? [] : undefined));
      const list = one.withList ? "refused" : "absent";
      expect(body, "a process that was replaced").toMatchObject({ superseded: true, list, terminate: [] });
    },
    async kill(one) {
      const session = nth(
        live().filter(({ id }) => !starts.has(id)),
        one.pick,
      );
      if (session === undefined) return;
      // Later than the refusal of the request before.
      server.clock.now += 1;
      const bearer = await server.accessToken(["sessions:delete"]);
      const { status } = await server.call("DELETE", `/api/v1/sessions/${session.id}`, { bearer });
      expect(status).toBe(202);
      session.isKilled = true;
      session.isRefused = false;
    },
    async "cannot stop"(one) {
      const { enforces } = current();
      const id = nth(toStop(enforces), one.pick);
      const session = sessions.find((each) => each.id === id);
      if (session === undefined) return;
      session.isRefused = true;
      await beat(current(), [{ session_id: session.id, outcome: "forbidden" }]);
    },
    wait(one) {
      server.clock.now += one.minutes * MINUTE;
    },
  };

  await replace(false, true);
  return {
    act: (one: Act) => (acting[one.do] as (one: Act) => void | Promise<void>)(one),
    async drain() {
      current().hasList = true;
      for (let beats = 0; beats < 3; beats += 1) {
        server.clock.now += 16 * MINUTE;
        await beat(current());
      }
      const ids = live().map(({ id }) => id);
      await expectDigest(server, current().agent.instanceId, ids);
    },
    /** Running sessions are live, whichever process reported them. Ended sessions have their true end. */
    async compare() {
      const items = (await storedItems(server)).filter(({ pk }) => String(pk).startsWith("SESSION#"));
      const records = new Map(items.map((item) => [item["sessionId"], item]));
      for (const session of sessions) {
        if (starts.has(session.id) || ends.has(session.id)) continue;
        const { id, endedAt } = session;
        const truth = endedAt === undefined ? { state: "live" } : { state: "ended", endedAt: time(endedAt) };
        expect({ id, ...records.get(id) }).toMatchObject({ id, ...truth });
      }
    },
  };
};
