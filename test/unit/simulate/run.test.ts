import { beforeEach, describe, expect, it } from "vitest";
import { isClean, type Simulation, type SimulationResult, simulate } from "../../../tools/simulate/run.ts";
import { createFakeServer, createTestClock, type FakeServer, FRIDAY_NOON, json, KEY, problem } from "./fake-server.ts";

const SIMULATION: Simulation = {
  url: "http://server.test",
  licenseKey: KEY,
  seed: "one",
  users: 12,
  operators: 2,
  ciRunners: 1,
  days: 3,
  liveSeconds: 0,
  speed: 1,
  beatSeconds: undefined,
  endCalls: 0.3,
  chaos: 0,
  maxBatch: 50,
  credential: "key",
  selfCheck: "empty",
};

let clock: ReturnType<typeof createTestClock>;
let server: FakeServer;

const play = (more: Partial<Simulation> = {}, signal = new AbortController().signal): Promise<SimulationResult> =>
  simulate({ ...SIMULATION, ...more }, { fetch: server.fetch, clock, signal, progress: () => {} });

beforeEach(async () => {
  clock = createTestClock(FRIDAY_NOON);
  server = await createFakeServer({ maxSeats: 1_000, now: clock.now });
});

describe("a simulation", () => {
  it("tells the days before now so that the report equals the truth", async () => {
    const result = await play();
    expect(result.differences).toEqual([]);
    expect(isClean(result)).toBe(true);
    expect(result.totals.sessions).toBeGreaterThan(100);
    expect(server.sessions.size).toBe(result.totals.sessions + result.totals.ciSessions);
    for (const { start, endedAt } of server.sessions.values()) {
      expect(start.started_at).toBeGreaterThanOrEqual(FRIDAY_NOON - 3 * 86_400_000);
      expect(endedAt).toBeLessThan(FRIDAY_NOON);
    }
  });

  it("claims no seat for the past, and needs few calls", async () => {
    const result = await play();
    expect(server.calls.filter((route) => route === "sessionStart")).toEqual([]);
    expect(result.calls.total).toBeLessThan(40);
  });

  it("sends the same sessions when it is repeated with the same seed and clock", async () => {
    const first = await play();
    const again = await createFakeServer({ maxSeats: 1_000, now: clock.now });
    const before = [...server.sessions];
    server = again;
    clock = createTestClock(FRIDAY_NOON);
    const second = await play();
    expect([...again.sessions].toSorted()).toEqual(before.toSorted());
    expect(second).toEqual(first);
  });

  it("works live: every session that ran is ended and reported, at the times it really had", async () => {
    const result = await play({ days: 0, liveSeconds: 600, speed: 60 });
    expect(result.differences).toEqual([]);
    expect(isClean(result)).toBe(true);
    expect(result.seats.grants).toBeGreaterThan(5);
    expect(result.totals.sessions).toBeGreaterThan(result.seats.grants);
    expect(server.calls).toContain("sessionEnd");
    for (const { start, endedAt } of server.sessions.values()) {
      expect(start.started_at).toBeGreaterThanOrEqual(FRIDAY_NOON);
      expect(endedAt).toBeLessThanOrEqual(clock.now());
    }
    const last = server.beats.slice(-2);
    expect(last.map(({ sessions }) => sessions)).toEqual([[], []]);
  });

  it("beats as often as the lease says", async () => {
    await play({ days: 0, liveSeconds: 600, operators: 1 });
    const times = server.beats.map(({ sent_at }) => Date.parse(sent_at) - FRIDAY_NOON);
    expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, beat) => beat * 60_000));
  });

  it("does not count sessions that were denied a seat", async () => {
    server = await createFakeServer({ maxSeats: 3, now: clock.now });
    const result = await play({ days: 0, liveSeconds: 600, speed: 60 });
    expect(result.seats.seatsSeen).toBe(3);
    expect(result.seats.denials).toBeGreaterThan(0);
    expect(result.users.length).toBe(3);
    expect(result.differences).toEqual([]);
  });

  it.each([0.2, 0.6, 1])("comes to the same truth through chaos of %s", async (chaos) => {
    const quiet = await play();
    server = await createFakeServer({ maxSeats: 1_000, now: clock.now });
    clock = createTestClock(FRIDAY_NOON);
    const result = await play({ chaos });
    expect(result.differences).toEqual([]);
    expect(isClean(result)).toBe(true);
    expect(result.totals).toEqual(quiet.totals);
    expect(result.calls.total).toBeGreaterThan(quiet.calls.total);
  });

  it("works live through chaos, with lease tokens for credentials", async () => {
    const result = await play({
      days: 1,
      liveSeconds: 300,
      speed: 120,
      chaos: 0.3,
      credential: "lease",
      beatSeconds: 5,
    });
    expect(result.differences).toEqual([]);
    expect(isClean(result)).toBe(true);
  });

  it("measures against a baseline what it adds to a server that was not empty", async () => {
    await play();
    clock.advance(3_600_000);
    expect((await play({ seed: "two", selfCheck: "baseline" })).differences).toEqual([]);
    clock.advance(3_600_000);
    expect((await play({ seed: "three" })).differences).not.toEqual([]);
  });

  it("sees a session that the server lost or counted wrongly", async () => {
    let spoilt = 0;
    server.intercept = (route) => {
      const [id] = server.sessions.keys();
      if (route === "usageReport" && id !== undefined && spoilt++ === 0) server.sessions.delete(id);
      return undefined;
    };
    const result = await play();
    expect(result.differences?.length).toBeGreaterThan(0);
    expect(isClean(result)).toBe(false);
  });

  it("says so when an event is rejected, and fails", async () => {
    const inner = server.fetch;
    server.fetch = async (input, init) => {
      const answer = await inner(input, init);
      if (!String(input).endsWith("/heartbeat")) return answer;
      const body = (await answer.json()) as { accepted: string[] };
      const [first, ...accepted] = body.accepted;
      const rejected = first === undefined ? [] : [{ session_id: first, code: "BadRequest", detail: "no" }];
      return json(200, { ...body, accepted, rejected });
    };
    const result = await play({ days: 1 });
    expect(result.faultCount).toBeGreaterThan(0);
    expect(result.faults[0]).toContain("BadRequest");
    expect(isClean(result)).toBe(false);
  });

  it("gives up, and says why, when the key is not the server's", async () => {
    const result = await play({ licenseKey: "wrong-key" });
    expect(result.faults).toEqual(["given up: no license: 401 Unauthorized: Unauthorized."]);
    expect(JSON.stringify(result)).not.toContain("wrong-key");
  });

  it("waits for a server that cannot answer yet", async () => {
    let refusals = 3;
    server.intercept = () => (refusals-- > 0 ? problem(503, "LicenseMissing", { "retry-after": "2" }) : undefined);
    expect(isClean(await play({ days: 1 }))).toBe(true);
    expect(clock.now() - FRIDAY_NOON).toBeGreaterThanOrEqual(2_000);
  });

  it("ends and delivers what runs when it is interrupted", async () => {
    const stop = new AbortController();
    const inner = server.fetch;
    server.fetch = (input, init) => {
      if (server.beats.length === 4) stop.abort();
      return inner(input, init);
    };
    const result = await play({ days: 0, liveSeconds: 36_000 }, stop.signal);
    expect(result.totals.sessions).toBeGreaterThan(0);
    expect(result.differences).toEqual([]);
    expect(clock.now() - FRIDAY_NOON).toBeLessThan(600_000);
  });
});
