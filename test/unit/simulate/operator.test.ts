import { beforeEach, describe, expect, it } from "vitest";
import { createLeaseVerifier } from "../../../agent/wire/lease.ts";
import { type Delivery, plainDelivery } from "../../../agent/wire/outbox.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../../shared/contract/responses.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { createClient } from "../../../tools/simulate/client.ts";
import { flush } from "../../../tools/simulate/flush.ts";
import type { Operator, OperatorSettings, SessionDraft } from "../../../tools/simulate/operator/types.ts";
import { createOperator } from "../../../tools/simulate/operator.ts";
import { createRandom } from "../../../tools/simulate/random.ts";
import { createFakeServer, createTestClock, type FakeServer, FRIDAY_NOON, json, KEY, problem } from "./fake-server.ts";

const SETTINGS: OperatorSettings = {
  instanceId: "operator-1",
  clusterName: "staging",
  operatorVersion: "3.0.0",
  credential: "key",
  maxBatch: HEARTBEAT_LIMITS.ended,
};

let clock: ReturnType<typeof createTestClock>;
let server: FakeServer;
let faults: string[];
let ended: { id: string; at: number }[];
let denied: string[];
let unanswered: { id: string; asksSeat: boolean; endedAt?: number | undefined }[];
let urls: string[];

beforeEach(async () => {
  clock = createTestClock(FRIDAY_NOON);
  server = await createFakeServer({ maxSeats: 2, now: clock.now });
  faults = [];
  ended = [];
  denied = [];
  unanswered = [];
  urls = [];
});

const registered = async (
  settings: Partial<OperatorSettings> = {},
  chaos: Delivery = plainDelivery,
): Promise<Operator> => {
  const client = createClient({
    url: "http://server.test/",
    licenseKey: KEY,
    fetch: (input, init) => {
      urls.push(String(input));
      return server.fetch(input, init);
    },
    clock,
  });
  let nonces = 0;
  const operator = createOperator(
    { ...SETTINGS, ...settings },
    {
      client,
      clock,
      chaos,
      random: createRandom("operator"),
      nonce: () => `nonce-${nonces++}`,
      verifyLease: createLeaseVerifier(client),
      observer: {
        ended: (start, at) => ended.push({ id: start.session_id, at }),
        granted: () => {},
        denied: (start) => denied.push(start.session_id),
        unanswered: (start, told) => unanswered.push({ id: start.session_id, ...told }),
        fault: (detail) => faults.push(detail),
      },
    },
  );
  expect(await operator.register()).toMatchObject({ kind: "registered" });
  return operator;
};

const draft = (id: string, user = "ada", more: Partial<SessionDraft> = {}): SessionDraft => ({
  session_id: id,
  started_at: formatTime(clock.now()),
  client: { id: user, hostname: `${user}-mbp`, username: user, kubernetes_username: `${user}@example.com` },
  target: { namespace: "shop", kind: "deployment", name: "api" },
  ...more,
});

const count = (route: string): number => server.calls.filter((name) => name === route).length;
const endedIds = (): string[] =>
  [...server.sessions].filter(([, { endedAt }]) => endedAt !== undefined).map(([id]) => id);

describe("an operator", () => {
  it("sends an event again until the server acknowledges it, however many answers are lost", async () => {
    const operator = await registered();
    operator.reportEnded(draft("s1"), clock.now(), "stopped");
    let losses = 3;
    server.losesAnswer = (route) => route === "heartbeat" && losses-- > 0;
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect(server.beats.map(({ ended: events }) => events?.map(({ session_id }) => session_id))).toEqual(
      Array.from({ length: 4 }, () => ["s1"]),
    );
  });

  it("raises seq with every heartbeat, the repeated ones included", async () => {
    const operator = await registered();
    server.losesAnswer = (route) => route === "heartbeat" && server.beats.length === 1;
    for (let beat = 0; beat < 3; beat++) {
      await operator.beat();
      clock.advance(60_000);
    }
    expect(server.beats.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("keeps what a heartbeat left unacknowledged and sends only that again", async () => {
    const operator = await registered();
    server.eventsPerBeat = 2;
    for (let i = 0; i < 5; i++) operator.reportEnded(draft(`s${i}`), clock.now(), "stopped");
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect(server.beats.map(({ ended: events = [] }) => events.length)).toEqual([5, 3, 1]);
    expect(endedIds()).toHaveLength(5);
  });

  it("never exceeds the limits of a heartbeat, in events or in bytes", async () => {
    const operator = await registered();
    const features = Array.from({ length: 32 }, (_, i) => `${i}`.padEnd(128, "f"));
    for (let i = 0; i < 1_200; i++) operator.reportEnded(draft(`s${i}`, "ada", { features }), clock.now(), "stopped");
    for (let i = 0; i < 150; i++) operator.reportError(clock.now(), "é".repeat(2_000));
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect(endedIds()).toHaveLength(1_200);
    const sizes = server.beats.map((body) => Buffer.byteLength(JSON.stringify(body)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(HEARTBEAT_LIMITS.bytes);
    // Neither half empty: the limit is used, not feared.
    expect(Math.max(...sizes)).toBeGreaterThan(HEARTBEAT_LIMITS.bytes * 0.98);
    expect(Math.max(...server.beats.map(({ errors = [] }) => errors.length))).toBe(HEARTBEAT_LIMITS.errors);
  });

  it("takes no more than the most events allowed, whatever batch it was told", async () => {
    const operator = await registered({ maxBatch: 10_000 });
    for (let i = 0; i < 600; i++) operator.reportEnded(draft(`s${i}`), clock.now(), "stopped");
    await flush(operator, clock);
    expect(server.beats.map(({ ended: events = [] }) => events.length)).toEqual([500, 100]);
  });

  it("does not run a session that is denied a seat, nor tells of it later", async () => {
    const operator = await registered();
    for (const user of ["ada", "bo"]) await operator.startSession(draft(`of-${user}`, user));
    expect(await operator.startSession(draft("of-cy", "cy"))).toEqual({ kind: "refused", code: "MaxSeatCountReached" });
    await operator.beat();
    expect(operator.running()).toEqual(["of-ada", "of-bo"]);
    expect(server.beats[0]?.sessions).toEqual(["of-ada", "of-bo"]);
    expect(server.beats[0]?.started).toBeUndefined();
    expect({ denied, faults, pending: operator.pending() }).toEqual({ denied: ["of-cy"], faults: [], pending: 0 });
  });

  it("asks once for a user's seat and tells of the user's next sessions in heartbeats", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    await operator.startSession(draft("s2"));
    expect(count("sessionStart")).toBe(1);
    await operator.beat();
    expect(server.beats[0]?.started?.map(({ session_id }) => session_id)).toEqual(["s2"]);
    expect(operator.pending()).toBe(0);
  });

  it("asks again for a seat that the server called lost", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    server.seatsLost.push("seat-ada");
    await operator.beat();
    await operator.startSession(draft("s2"));
    expect(count("sessionStart")).toBe(2);
  });

  it("asks again when a seat is about to end", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    clock.advance(30 * 24 * 3_600_000 - 60_000);
    await operator.beat();
    await operator.startSession(draft("s2"));
    expect(count("sessionStart")).toBe(2);
  });

  it("asks for no seat for CI", async () => {
    const operator = await registered();
    await operator.startSession(draft("job", "runner", { ci: true }));
    expect(count("sessionStart")).toBe(0);
  });

  it("stops a session that was started unasked and came back denied, and tells of its usage", async () => {
    const operator = await registered();
    for (const user of ["ada", "bo"]) await operator.startSession(draft(`of-${user}`, user));
    server.intercept = (route) => (route === "sessionStart" ? problem(503, "Unavailable") : undefined);
    expect(await operator.startSession(draft("of-cy", "cy"))).toEqual({ kind: "running" });
    server.intercept = () => undefined;
    clock.advance(60_000);
    await operator.beat();
    expect(denied).toEqual(["of-cy"]);
    expect(ended).toEqual([{ id: "of-cy", at: clock.now() }]);
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect(server.sessions.get("of-cy")?.endedAt).toBe(clock.now());
  });

  it("repeats a start whose answer was lost, and the session runs once", async () => {
    const operator = await registered();
    let losses = 1;
    server.losesAnswer = (route) => route === "sessionStart" && losses-- > 0;
    expect(await operator.startSession(draft("s1"))).toEqual({ kind: "running" });
    expect(count("sessionStart")).toBe(2);
    expect({ pending: operator.pending(), sessions: server.sessions.size }).toEqual({ pending: 0, sessions: 1 });
  });

  it("notes what it told of in requests without an answer: the server may have denied, or counted, it unheard", async () => {
    const operator = await registered();
    for (const user of ["ada", "bo"]) await operator.startSession(draft(`of-${user}`, user));
    server.losesAnswer = () => true;
    expect(await operator.startSession(draft("of-cy", "cy"))).toEqual({ kind: "running" });
    clock.advance(60_000);
    operator.endSession("of-cy", clock.now(), "stopped");
    operator.endSession("of-bo", clock.now(), "stopped");
    await operator.startSession(draft("of-ada-again", "ada"));
    await operator.beat();
    expect(unanswered).toEqual([
      { id: "of-cy", asksSeat: true },
      { id: "of-cy", asksSeat: false, endedAt: clock.now() },
      { id: "of-bo", asksSeat: false, endedAt: clock.now() },
      { id: "of-ada-again", asksSeat: false },
    ]);
    server.losesAnswer = () => false;
    clock.advance(60_000);
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect({ denied, told: unanswered.length }).toEqual({ denied: [], told: 4 });
  });

  it("sends the start of a session that the server does not know", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    server.forget("s1");
    await operator.beat();
    await operator.beat();
    expect(server.beats.map(({ started = [] }) => started.map(({ session_id }) => session_id))).toEqual([[], ["s1"]]);
    expect(server.sessions.has("s1")).toBe(true);
  });

  it("sends an end again with its start when the server does not know the start", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    server.forget("s1");
    clock.advance(5_500);
    operator.endSession("s1", clock.now(), "stopped");
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect(server.beats.map(({ ended: events = [] }) => events.map(({ start }) => start?.session_id))).toEqual([
      [undefined],
      ["s1"],
    ]);
    expect({ end: server.sessions.get("s1")?.endedAt, faults }).toEqual({ end: clock.now(), faults: [] });
  });

  it("ends what the server asks to terminate", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    server.terminate.add("s1");
    await operator.beat();
    expect(operator.running()).toEqual([]);
    await flush(operator, clock);
    expect(server.beats[1]).toMatchObject({ sessions: [], ended: [{ session_id: "s1", reason: "terminated" }] });
  });

  it("leaves a server alone for as long as Retry-After says, a little longer, and loses nothing", async () => {
    const operator = await registered();
    operator.reportEnded(draft("s1"), clock.now(), "stopped");
    server.intercept = (route) =>
      route === "heartbeat" ? problem(429, "TooManyRequests", { "retry-after": "20" }) : undefined;
    const outcome = await operator.beat();
    if (outcome.kind !== "retry") throw new Error(`unexpected ${outcome.kind}`);
    expect(outcome.afterMs).toBeGreaterThanOrEqual(20_000);
    expect(outcome.afterMs).toBeLessThanOrEqual(25_000);
    clock.advance(19_000);
    expect(await operator.beat()).toMatchObject({ kind: "retry" });
    expect(await operator.startSession(draft("s2"))).toEqual({ kind: "running" });
    expect({ beats: count("heartbeat"), starts: count("sessionStart") }).toEqual({ beats: 1, starts: 0 });
    server.intercept = () => undefined;
    clock.advance(10_000);
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect([...server.sessions.keys()]).toEqual(["s2", "s1"]);
  });

  it("gives up on a server that stays away, with its events kept", async () => {
    const operator = await registered();
    operator.reportEnded(draft("s1"), clock.now(), "stopped");
    server.intercept = () => problem(503, "Unavailable");
    expect(await flush(operator, clock)).toMatchObject({ kind: "stuck", pending: 1 });
    expect(operator.pending()).toBe(1);
  });

  it("carries the start record in the end of a session whose start is not acknowledged, and in no other", async () => {
    const operator = await registered();
    await operator.startSession(draft("s1"));
    await operator.startSession(draft("s2"));
    for (const id of ["s1", "s2"]) operator.endSession(id, clock.now(), "stopped");
    await operator.beat();
    expect(server.beats[0]?.started).toBeUndefined();
    expect(server.beats[0]?.ended?.map(({ session_id, start }) => [session_id, start?.session_id])).toEqual([
      ["s2", "s2"],
      ["s1", undefined],
    ]);
  });

  it("does not mind that a repetition of what was acknowledged is rejected", async () => {
    const operator = await registered({}, { ...plainDelivery, repeats: () => true });
    const inner = server.fetch;
    server.fetch = async (input, init) => {
      const answer = await inner(input, init);
      if (server.beats.length !== 2) return answer;
      const rejected = [{ session_id: "s1", code: "SessionEnded", detail: "it is over" }];
      return json(200, { ...((await answer.json()) as HeartbeatResponse), accepted: [], rejected });
    };
    operator.reportEnded(draft("s1"), clock.now(), "stopped");
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    expect({ beats: server.beats.length, faults }).toEqual({ beats: 2, faults: [] });
  });

  it("delivers an end in a call of its own, and not once more", async () => {
    const operator = await registered();
    await operator.startSession(draft("a/b+c=="));
    operator.endSession("a/b+c==", clock.now(), "stopped");
    await operator.deliverEnd("a/b+c==");
    expect({ ended: endedIds(), pending: operator.pending() }).toEqual({ ended: ["a/b+c=="], pending: 0 });
    expect(urls.at(-1)).toBe("http://server.test/api/v1/sessions/a%2Fb%2Bc%3D%3D/end");
  });

  it("starts nothing when its lease has ended", async () => {
    const operator = await registered();
    clock.advance(24 * 3_600_000);
    expect(await operator.startSession(draft("s1"))).toEqual({ kind: "refused", code: "NoLease" });
  });

  it("refuses a lease made for another instance or nonce", async () => {
    const other = await registered({ instanceId: "operator-2" });
    const client = createClient({ url: "http://server.test", licenseKey: KEY, fetch: server.fetch, clock });
    const answer = await client.licensePost({ instance_id: other.instanceId, operator_version: "3", nonce: "n" });
    if (answer.kind !== "ok" || answer.body.lease === null) throw new Error("no lease");
    const verify = createLeaseVerifier(client);
    const { token } = answer.body.lease;
    const { fingerprint } = answer.body.license;
    const expected = { instanceId: "operator-2", nonce: "n", fingerprint };
    expect(await verify(token, expected, clock.now())).toMatchObject({ kind: "good" });
    expect(await verify(token, { ...expected, instanceId: "operator-1" }, clock.now())).toMatchObject({ kind: "bad" });
    expect(await verify(token, { ...expected, nonce: "m" }, clock.now())).toMatchObject({ kind: "bad" });
    expect(await verify(token, { ...expected, fingerprint: "f" }, clock.now())).toMatchObject({ kind: "bad" });
    expect(await verify(`${token.slice(0, -8)}AAAAAAAA`, expected, clock.now())).toMatchObject({ kind: "bad" });
  });

  it("never has two different events of one session in a heartbeat, for an answer could not tell them apart", async () => {
    const repeating: Delivery = { ...plainDelivery, repeats: () => true, doubles: () => true };
    const operator = await registered({}, repeating);
    await operator.startSession(draft("s1"));
    await operator.startSession(draft("s2"));
    await operator.beat();
    operator.endSession("s2", clock.now(), "stopped");
    expect(await flush(operator, clock)).toEqual({ kind: "flushed" });
    for (const { started = [], ended: events = [] } of server.beats) {
      const starts = new Set(started.map(({ session_id }) => session_id));
      expect(events.filter(({ session_id }) => starts.has(session_id))).toEqual([]);
    }
    expect(server.beats.some(({ started = [] }) => started.length === 2)).toBe(true);
    expect(endedIds()).toEqual(["s2"]);
  });
});
