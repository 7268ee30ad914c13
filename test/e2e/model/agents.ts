import fc from "fast-check";
import { expect } from "vitest";
import type { Item } from "../../../shared/store/table.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { type App, createApp } from "../../support/app.ts";
import { storedItems } from "../../support/stored.ts";
import { expectDigest, expectSoundTable } from "../../support/table-truth.ts";

/** Two agents whose clusters have users' and machine sessions, with parts in each other, and what the server makes of them. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const USERS = ["ana", "bo", "cy"];
const KINDS = ["user", "user", "user", "ci", "preview"] as const;

type Kind = (typeof KINDS)[number];

type Session = {
  id: string;
  agent: number;
  user: string;
  kind: Kind;
  startedAt: number;
  endedAt: number | undefined;
  /** Its agent has not seen it yet. */
  held: boolean;
  /** Its agent does not see it just now. */
  unseen: boolean;
  /** A part of it that was reported is CI. */
  ciPart: boolean;
};

/** A part of a session, in the cluster of the other agent. */
type Part = {
  id: string;
  agent: number;
  parent: Session;
  kind: "user" | "ci";
  startedAt: number;
  endedAt: number | undefined;
};

const pick = fc.nat(7);
const agent = fc.nat(1);

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      agent,
      user: fc.nat(2),
      kind: fc.constantFrom(...KINDS),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("start unseen" as const),
      agent,
      user: fc.nat(2),
      kind: fc.constantFrom(...KINDS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("end" as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("lose sight" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("see" as const), pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("part" as const),
      pick,
      kind: fc.constantFrom("user" as const, "ci" as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("end part" as const), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("beat" as const), agent }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(0, 1, 3, 16, 90) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("next period" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), pick }) },
);

/** What happens, in order. */
export const agentActs = fc.array(act, { minLength: 10, maxLength: 50 });
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

export const liveAgents = async (acts: readonly Act[]): Promise<void> => {
  const server = await createApp({ terms: { type: "teams", max_seats: 1, subscription_id: "sub-1" } });
  try {
    const world = createWorld(server);
    await world.register();
    for (const one of acts) await world.act(one);
    await world.drain();
    await world.compare();
  } finally {
    await server.close();
  }
};

const createWorld = (server: App) => {
  const agents = [0, 1].map((place) => agentAt(server, { cluster: `cluster-${place}` }));
  const sessions: Session[] = [];
  const parts: Part[] = [];
  /** By agent: starts and ends that the server has not answered for. */
  const untold = agents.map(() => ({ starts: new Map<string, object>(), ends: new Map<string, object>() }));
  const now = (): number => server.clock.now;
  const time = (at: number): string => new Date(at).toISOString();

  const startOf = ({ id, agent: place, user, kind, startedAt }: Session): object => ({
    session_id: id,
    ...agents[place]?.start(id, user, { session_kind: kind, started_at: time(startedAt) }),
    ...(kind === "preview" ? { client: undefined } : {}),
  });
  const startOfPart = (part: Part): object => ({
    ...agents[part.agent]?.start(part.id, part.parent.user, {
      session_kind: part.kind,
      started_at: time(part.startedAt),
    }),
    parent_id: part.parent.id,
  });

  const open = (place: number, user: number, kind: Kind, held: boolean): void => {
    const id = `s-${sessions.length}`;
    const session = { id, agent: place, user: USERS[user] ?? "", kind, startedAt: now(), endedAt: undefined };
    sessions.push({ ...session, held, unseen: false, ciPart: false });
    if (!held) untold[place]?.starts.set(id, startOf(sessions.at(-1) as Session));
  };
  const tellEnd = (session: Session, at: number, inferred: boolean): void => {
    const { starts, ends } = untold[session.agent] as (typeof untold)[number];
    starts.delete(session.id);
    ends.set(session.id, { session_id: session.id, ended_at: time(at), inferred, start: startOf(session) });
  };
  const isRunning = ({ endedAt }: { endedAt: number | undefined }): boolean => endedAt === undefined;
  const nth = <T>(list: readonly T[], place: number): T | undefined => list[place % Math.max(1, list.length)];

  const see = (session: Session): void => {
    session.held = false;
    session.unseen = false;
    const { starts, ends } = untold[session.agent] as (typeof untold)[number];
    ends.delete(session.id);
    if (session.endedAt === undefined) starts.set(session.id, startOf(session));
    else tellEnd(session, session.endedAt, false);
  };

  const beat = async (place: number): Promise<void> => {
    const { starts, ends } = untold[place] as (typeof untold)[number];
    const own = sessions.filter((one) => one.agent === place && isRunning(one) && !one.held && !one.unseen);
    const live = parts.filter((part) => part.agent === place && isRunning(part));
    for (const part of parts.filter((one) => one.agent === place))
      if (part.kind === "ci" && part.parent.kind === "user") part.parent.ciPart = true;
    const answer = await agents[place]?.beats(
      own.map(({ id }) => id),
      {
        started: [...starts.values()],
        ended: [...ends.values()],
        children: live.map(({ id, parent, kind }) => ({ session_id: id, parent_id: parent.id, session_kind: kind })),
      },
    );
    const json = answer?.json;
    expect(json?.rejected, "what is rejected").toEqual([]);
    expect(json?.terminate, "an agent that does not enforce stops nothing").toEqual([]);
    for (const id of [...json.accepted, ...json.denied.map((one: { session_id: string }) => one.session_id)]) {
      starts.delete(id);
      ends.delete(id);
    }
    for (const id of json.unknown) {
      const session = sessions.find((one) => one.id === id);
      if (session !== undefined && isRunning(session)) starts.set(id, startOf(session));
    }
  };

  const acting: { [Name in Act["do"]]: (one: Act & { do: Name }) => void | Promise<void> } = {
    start: (one) => open(one.agent, one.user, one.kind, false),
    "start unseen": (one) => open(one.agent, one.user, one.kind, true),
    end(one) {
      const session = nth(sessions.filter(isRunning), one.pick);
      if (session === undefined) return;
      session.endedAt = now();
      if (!session.held && !session.unseen) tellEnd(session, now(), false);
    },
    "lose sight"(one) {
      const session = nth(
        sessions.filter((each) => isRunning(each) && !each.held && !each.unseen),
        one.pick,
      );
      if (session === undefined) return;
      session.unseen = true;
      tellEnd(session, now(), true);
    },
    see(one) {
      const session = nth(
        sessions.filter(({ held, unseen }) => held || unseen),
        one.pick,
      );
      if (session !== undefined) see(session);
    },
    part(one) {
      const parent = nth(
        sessions.filter(({ kind }) => kind !== "preview"),
        one.pick,
      );
      if (parent === undefined) return;
      const id = `p-${parts.length}`;
      parts.push({ id, agent: 1 - parent.agent, parent, kind: one.kind, startedAt: now(), endedAt: undefined });
    },
    "end part"(one) {
      const part = nth(parts.filter(isRunning), one.pick);
      if (part === undefined) return;
      part.endedAt = now();
      untold[part.agent]?.ends.set(part.id, {
        session_id: part.id,
        ended_at: time(now()),
        start: startOfPart(part),
      });
    },
    beat: (one) => beat(one.agent),
    wait(one) {
      server.clock.now += one.minutes * MINUTE;
    },
    // Once: a session that nobody has heard of is refused after 35 days.
    "next period"() {
      if (!isNextPeriod) server.clock.now += 31 * DAY;
      isNextPeriod = true;
    },
    async release(one) {
      const { seats = [] } = expectSuccess("seatList", await server.call("GET", "/api/v1/seats"));
      const seat = nth(seats, one.pick);
      const bearer = await server.accessToken(["seats:delete"]);
      if (seat === undefined) return;
      released.add(seat.kubernetes_username);
      await server.call("DELETE", `/api/v1/seats/${seat.id}`, { bearer });
    },
  };

  const compareSession = (session: Session, records: ReadonlyMap<string, Item>): void => {
    const { id, kind, ciPart, endedAt, startedAt } = session;
    const record = records.get(id);
    const state = endedAt === undefined ? "live" : "ended";
    const lasted = Math.min((endedAt ?? 0) - startedAt, (kind === "preview" ? 366 : 35) * DAY);
    const expected = {
      state,
      kind: ciPart ? "ci" : kind,
      startedAt: time(startedAt),
      ...(endedAt === undefined ? {} : { seconds: Math.floor(lasted / 1_000) }),
    };
    expect({ id, ...record, kind: record?.["kind"] ?? "user" }).toMatchObject({ id, ...expected });
    if (ciPart || kind !== "user") expect(record, `the seat of ${id}`).not.toHaveProperty("seatId");
  };

  // A user without a seat is denied, and has its denial in this period. With one it is not.
  const compareSeats = async (items: readonly Item[], records: ReadonlyMap<string, Item>): Promise<void> => {
    const { seats = [], period } = expectSuccess("seatList", await server.call("GET", "/api/v1/seats"));
    const isOfBook = ({ pk }: Item) => String(pk).endsWith(`#${period.from.slice(0, 10)}`);
    const holders = new Set(seats.map(({ kubernetes_username }) => kubernetes_username));
    const denied = new Set(
      items
        .filter((item) => isOfBook(item) && String(item["sk"]).startsWith("DENIAL#"))
        .map((item) => item["kubernetesUsername"]),
    );
    for (const { id, user, kind, ciPart, endedAt } of sessions) {
      if (kind !== "user" || ciPart || endedAt !== undefined) continue;
      const record = records.get(id);
      const name = `${user}@example.com`;
      const of = `${id} of ${user}: ${JSON.stringify(record)}`;
      if (holders.has(name)) expect(record, of).not.toHaveProperty("deniedCode");
      else expect(denied.has(name) || released.has(name), of).toBe(true);
    }
    for (const item of items.filter((one) => isOfBook(one) && String(one["sk"]).startsWith("SEAT#"))) {
      const claimer = sessions.find(({ id }) => id === item["claimedBy"]);
      expect(claimer?.ciPart === true && item["hasOthers"] !== true, `a seat that ${claimer?.id} gives back`).toBe(
        false,
      );
    }
  };
  /** Users whose seat an admin released: their running sessions have none until the next one claims. */
  const released = new Set<string>();
  let isNextPeriod = false;

  return {
    async register() {
      for (const one of agents) await one.registers();
    },
    async act(one: Act) {
      await (acting[one.do] as (one: Act) => void | Promise<void>)(one);
    },
    /** Everything is seen, and everything is reported. */
    async drain() {
      for (const session of sessions) if (session.held || session.unseen) see(session);
      for (let round = 0; round < 4; round += 1) {
        server.clock.now += 16 * MINUTE;
        for (const place of agents.keys()) await beat(place);
      }
      for (const { starts, ends } of untold) expect([...starts.keys(), ...ends.keys()], "what is untold").toEqual([]);
    },
    async compare() {
      const items = await storedItems(server);
      const stored = items.filter(({ pk }) => String(pk).startsWith("SESSION#"));
      const records = new Map(stored.map((item) => [String(item["sessionId"]), item]));
      expect([...records.keys()].sort(), "which sessions are recorded").toEqual(sessions.map(({ id }) => id).sort());
      for (const session of sessions) compareSession(session, records);
      await compareSeats(items, records);
      for (const [place, one] of agents.entries()) {
        const live = sessions.filter((session) => session.agent === place && isRunning(session));
        await expectDigest(
          server,
          one.instanceId,
          live.map(({ id }) => id),
        );
      }
      await expectSoundTable(server);
    },
  };
};
