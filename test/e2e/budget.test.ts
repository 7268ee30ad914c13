import { createHash, randomUUID } from "node:crypto";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import { REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { DENIAL_PREFIX, operatorKey, SEAT_PREFIX, sessionKey } from "../../shared/contract/keys.ts";
import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import { DAY_MS, formatTime, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { applyMoves, digestOf, type LiveMoves, recordMove, storedDigest } from "../../shared/operators/live-set.ts";
import { sessionItem, sessionRecord } from "../../shared/sessions/record.ts";
import type { Consumed } from "../../shared/store/dynamodb.ts";
import type { Item, Table } from "../../shared/store/table.ts";
import { BUDGET, READ_UNITS_PER_LIVE_SESSION, type Units } from "../../tools/cost/budget.ts";
import { type App, createApp, START } from "../support/app.ts";
import { putCatalog } from "../support/catalog.ts";
import { DEEP } from "../support/deep.ts";
import { storedItems } from "../support/stored.ts";
import { FACTS, policy } from "../unit/policies/support.ts";

const OPERATOR = REQUEST_EXAMPLES.heartbeat.instance_id;
const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);

/** What some work consumed, in capacity units, indexes included, as the engine reports them. */
type Cost = { write: number; read: number; breakdown: string };
type Limits = Units;

const HEARTBEAT: Limits = BUDGET.heartbeat;

type Metered = App & { costOf(work: () => Promise<unknown>): Promise<Cost> };

let opened: Metered | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** A server that has been up for a while: what a function reads once per process is no operation's own cost. */
const warmApp = async (terms: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<Metered> => {
  let refused = 0;
  const watched = <T extends { outcome: string }>(result: T): T => {
    if (result.outcome !== "written" && result.outcome !== "committed") refused += 1;
    return result;
  };
  const around = (table: Table): Table => ({
    ...table,
    write: async (write) => watched(await table.write(write)),
    transact: async (writes) => watched(await table.transact(writes)),
  });
  const app = await createApp({ terms, around, env });
  // The default writes nothing here.
  await app.invoke("seatJob");
  app.clock.now += 3 * MINUTE_MS;
  const costOf: Metered["costOf"] = async (work) => {
    const callsBefore = app.consumed.length;
    const refusedBefore = refused;
    await work();
    // A refused write is billed, too, but nobody reports it: the figures hold only where there was none.
    expect(refused - refusedBefore, "refused writes").toBe(0);
    const calls = app.consumed.slice(callsBefore);
    const { write = [], read = [] } = Object.groupBy(calls, ({ operation }) =>
      WRITES.has(operation) ? "write" : "read",
    );
    return { write: unitsOf(write), read: unitsOf(read), breakdown: breakdownOf(calls) };
  };
  opened = { ...app, costOf };
  await startSession(opened, sessionOf("warm", { ci: true }));
  await endSession(opened, "warm");
  const start = sessionOf("told late", { ci: true });
  await beat(opened, { ended: [{ ...endOf(), session_id: start.session_id, start }] });
  app.clock.now += MINUTE_MS;
  return opened;
};

const unitsOf = (calls: readonly Consumed[]): number => calls.reduce((total, { units }) => total + units, 0);

const breakdownOf = (calls: readonly Consumed[]): string =>
  [...Map.groupBy(calls, ({ operation, units }) => `${operation} ${units}`)]
    .map(([call, same]) => `${same.length} x ${call}`)
    .join("\n");

/** Holds a cost against its limits; a failure's message tells what the cost is made of. */
const expectWithin = (cost: Cost, limits: Limits): void => {
  const shown = `\nwrite units ${cost.write} of ${limits.write}, read units ${cost.read} of ${limits.read}:\n${cost.breakdown}\n`;
  expect(cost.write, shown).toBeLessThanOrEqual(limits.write);
  expect(cost.read, shown).toBeLessThanOrEqual(limits.read);
  // An engine that reports nothing would keep to any budget.
  expect(cost.write > 0, shown).toBe(limits.write > 0);
};

/** A session with all its fields filled in; each user has a machine, and each name stands for the same id everywhere. */
const sessionOf = (name: string, { user = "ana", target = "checkout", ci = false, startedAt = START } = {}) => ({
  ...REQUEST_EXAMPLES.sessionStart,
  session_id: idOf(name),
  instance_id: OPERATOR,
  started_at: formatTime(startedAt),
  sent_at: undefined,
  ci,
  client: {
    ...REQUEST_EXAMPLES.sessionStart.client,
    id: `SHA256:${createHash("sha256").update(user).digest("base64")}`,
    hostname: `${user}-laptop`,
    username: user,
    kubernetes_username: `${user}@example.com`,
  },
  target: { ...REQUEST_EXAMPLES.sessionStart.target, name: target },
});

/** In the form of a UUID, as session ids are. */
const idOf = (name: string): string =>
  createHash("sha256")
    .update(name)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

const endOf = (endedAt = START + 30 * SECOND_MS) => ({ ended_at: formatTime(endedAt), reason: "client disconnected" });

const post = async (app: App, path: string, body: unknown, status: number) => {
  const answer = await app.call("POST", path, { body });
  expect(answer.status, answer.text).toBe(status);
  return answer.json;
};

const startSession = (app: App, session: ReturnType<typeof sessionOf>) => post(app, "/api/v1/sessions", session, 201);
const endSession = (app: App, name: string) => post(app, `/api/v1/sessions/${idOf(name)}/end`, endOf(), 200);

let seq = 0;
const beat = (app: App, fields: object) => {
  const { started: _started, ended: _ended, changed: _changed, errors: _errors, ...head } = REQUEST_EXAMPLES.heartbeat;
  seq += 1;
  return post(
    app,
    "/api/v1/heartbeat",
    { ...head, seq, sent_at: formatTime(app.clock.now), sessions: [], ...fields },
    200,
  );
};

/** Makes sessions live with their operator's digest, as their starts would, but in few calls. */
const putLive = async (app: App, count: number): Promise<string[]> => {
  await startSession(app, sessionOf("template", { ci: true }));
  const template = sessionRecord((await app.table.get(sessionKey(idOf("template")), { consistent: true })) ?? {});
  const ids = Array.from({ length: count - 1 }, () => randomUUID());
  const moves: LiveMoves = new Map();
  for (const id of ids) recordMove(moves, OPERATOR, { sessionId: id, ci: true }, 1);
  // A heartbeat whose list agrees reads none of them; with DEEP=1 they are all there.
  const stored = DEEP ? ids : ids.slice(0, 200);
  await app.table.batchPut(stored.map((sessionId) => sessionItem({ ...template, sessionId }, 1_825)));
  await applyMoves(app.table, moves);
  return [idOf("template"), ...ids];
};

/** With DEEP=1 as many as the budget is for. The rows of fewer cost less in the same ratio; the rest of a report costs the same. */
const REPORT_USERS = DEEP ? 500 : 100;
const REPORT_READS = 8 + ((BUDGET.report.read - 8) * REPORT_USERS) / 500;

describe("the budget of capacity units", () => {
  it("is measured with sessions of a typical size, every field filled in and at most 1 KB", async () => {
    const app = await warmApp();
    const item = (await app.table.get(sessionKey(idOf("warm")), { consistent: true })) ?? {};
    expect(item).toMatchObject({
      state: "ended",
      branch: "fix/checkout",
      profile: "default",
      reason: "client disconnected",
    });
    expect(itemBytes(item)).toBeGreaterThan(600);
    expect(itemBytes(item)).toBeLessThanOrEqual(1_024);
  });

  it.each([1, HEARTBEAT_LIMITS.sessions])(
    "holds for a heartbeat with nothing changed and %i live sessions",
    async (count) => {
      const app = await warmApp();
      const sessions = await putLive(app, count);
      const operator = await app.table.get(operatorKey(OPERATOR), { consistent: true });
      expect(storedDigest(operator)).toEqual(digestOf(sessions));

      const cost = await app.costOf(() => beat(app, { sessions }));

      expectWithin(cost, HEARTBEAT);
    },
  );

  it("holds for a heartbeat with nothing to terminate any more", async () => {
    const app = await warmApp();
    const sessions = await putLive(app, 2);
    const [killed = "", other = ""] = sessions;
    const bearer = await app.accessToken(["sessions:delete", "sessions:deletecollection"]);
    for (const path of [`/${killed}`, "?user=ana", ""])
      expect((await app.call("DELETE", `/api/v1/sessions${path}`, { bearer })).status).toBe(202);
    expect((await beat(app, { sessions })).terminate.toSorted()).toEqual(sessions.toSorted());
    for (const id of [killed, other]) await post(app, `/api/v1/sessions/${id}/end`, endOf(), 200);
    app.clock.now += 3 * MINUTE_MS;
    await beat(app, {});

    const cost = await app.costOf(() => beat(app, {}));

    expectWithin(cost, HEARTBEAT);
  });

  it("holds for the heartbeat of an operator with all that it can have counted in its item", async () => {
    const app = await warmApp();
    const item = await countEverything(app, OPERATOR);
    expectWithin(await app.costOf(() => beat(app, {})), HEARTBEAT);
    expect(itemBytes(item)).toBeLessThan(900);
  });

  it("holds for an agent's heartbeat, with a list and without one, after updates and whatever its item counts", async () => {
    const app = await warmApp();
    for (let processes = 1; processes <= 6; processes += 1) {
      app.clock.now += SECOND_MS;
      await post(app, "/api/v1/license", agentOf(processes), 200);
      await beat(app, { ...agentOf(processes - 1), sessions: undefined });
    }
    const item = await countEverything(app, AGENT, ["user", "ci", "preview"]);
    expect(item).toMatchObject({ agent: expect.anything(), processId: expect.anything() });
    expect(item["replaced"]).toHaveLength(4);
    for (const sessions of [[], undefined]) {
      app.clock.now += MINUTE_MS;
      // Beside the seat counter, the catalog's revision is read, each once in ten seconds, and the rules of seats.
      const limits = { ...HEARTBEAT, read: HEARTBEAT.read + BUDGET.policies.read + BUDGET.seatRules.read };
      expectWithin(await app.costOf(() => beat(app, { ...agentOf(6), sessions })), limits);
      expect((await app.costOf(() => beat(app, { ...agentOf(6), sessions }))).read).toBe(0);
    }
    expect(itemBytes(item)).toBeLessThan(1_024);
  });

  it("holds for an agent's heartbeat with one event: the event and one write unit", async () => {
    const app = await warmApp();
    const and = ({ write, read }: Limits): Limits => ({ write: write + HEARTBEAT.write, read: read + HEARTBEAT.read });
    await post(app, "/api/v1/license", agentOf(1), 200);
    await beat(app, agentOf(1));
    const [one, two, three] = ["one", "two", "three"].map((name) => ({ ...sessionOf(name), instance_id: AGENT }));
    const ids = [one, two, three].map((start) => start?.session_id);
    const costOf = (events: object) => {
      // As soon as an agent may send another one.
      app.clock.now += 2 * SECOND_MS;
      return app.costOf(() => beat(app, { ...agentOf(1), ...events }));
    };
    expectWithin(await costOf({ sessions: ids.slice(0, 1), started: [one] }), and(BUDGET.claim));
    expectWithin(await costOf({ sessions: ids.slice(0, 2), started: [two] }), and(BUDGET.startOfFirstOther));
    expectWithin(await costOf({ sessions: ids, started: [three] }), and(BUDGET.startOfHolder));
    const ended = [{ session_id: ids[2], ...endOf() }];
    expectWithin(await costOf({ sessions: ids.slice(0, 2), ended }), and(BUDGET.endAlone));
  });

  it("holds for the heartbeat of an operator whose item also has the signs of a second process", async () => {
    const app = await warmApp();
    app.clock.now += MINUTE_MS;
    await beat(app, { seq: 1, sessions: [idOf("another's")] });
    const item = (await app.table.get(operatorKey(OPERATOR), { consistent: true })) ?? {};
    expect(item).toHaveProperty("rival");
    const { rival, refusedAt } = item;
    expectWithin(await app.costOf(() => beat(app, {})), HEARTBEAT);
    // With all that can be counted, the item stays below 1 KB.
    expect(itemBytes({ rival, refusedAt })).toBeLessThanOrEqual(1_024 - 900);
  });

  it("holds for a session's start by a user who holds a seat", async () => {
    const app = await warmApp();
    await startSession(app, sessionOf("one"));
    expectWithin(await app.costOf(() => startSession(app, sessionOf("two"))), BUDGET.startOfFirstOther);
    expectWithin(await app.costOf(() => startSession(app, sessionOf("three"))), BUDGET.startOfHolder);
  });

  it("holds for a start that policies judge, with half a read unit once a minute", async () => {
    const app = await warmApp();
    await putCatalog(app, [policy({ block: ["steal"] })]);
    app.clock.now += 2 * MINUTE_MS;
    const judged = (name: string) => ({ ...sessionOf(name), policy_facts: { ...FACTS, features: ["mirror"] } });
    for (const name of ["one", "two"]) await startSession(app, judged(name));
    expectWithin(await app.costOf(() => startSession(app, judged("three"))), BUDGET.startOfHolder);
    app.clock.now += 2 * MINUTE_MS;
    const seatCounter = 0.5;
    expectWithin(await app.costOf(() => startSession(app, judged("four"))), {
      ...BUDGET.startOfHolder,
      read: BUDGET.startOfHolder.read + seatCounter + BUDGET.policies.read + BUDGET.seatRules.read,
    });
  });

  it("holds for a holder's first start of a day, but for what nobody has read lately", async () => {
    const app = await warmApp();
    for (const name of ["one", "two"]) await startSession(app, sessionOf(name));
    app.clock.now += DAY_MS;
    const cost = await app.costOf(() => startSession(app, sessionOf("three")));
    expectWithin(cost, {
      ...BUDGET.startOfHolder,
      read: BUDGET.startOfHolder.read + 0.5 + BUDGET.policies.read + BUDGET.seatRules.read,
    });
  });

  it("holds for a user's first session of the period, which claims a seat", async () => {
    const app = await warmApp();
    const cost = await app.costOf(() => startSession(app, sessionOf("one")));
    expectWithin(cost, BUDGET.claim);
  });

  it("holds for a session's end that comes alone", async () => {
    const app = await warmApp();
    await startSession(app, sessionOf("one"));
    const cost = await app.costOf(() => endSession(app, "one"));
    expectWithin(cost, BUDGET.endAlone);
  });

  it("holds for each of 50 ends in a heartbeat, of 10 users with 2 targets each", async () => {
    const app = await warmApp({ max_seats: 10 });
    const cost = await costOfEnds(app, (n) => ({ user: `user-${n % 10}`, target: `target-${Math.floor(n / 10) % 2}` }));
    expectWithin(cost, fiftyInA(HEARTBEAT, BUDGET.endInHeartbeat));
  });

  it("costs no more for each of 50 ends that have no user in common than for an end alone", async () => {
    const app = await warmApp({ max_seats: 50 });
    const cost = await costOfEnds(app, (n) => ({ user: `user-${n}` }));
    expectWithin(cost, fiftyInA(HEARTBEAT, BUDGET.endAlone));
  });

  describe.each([{ SEATS_MODE: "floating", SEATS_GRACE_MINUTES: "15" }, { SEATS_IDLE_DAYS: "1" }])(
    "where sessions hold their seats, by %j",
    (env) => {
      const heldApp = (seats: number) => warmApp({ max_seats: seats }, env);

      it("holds for a heartbeat with nothing changed", async () => {
        const app = await heldApp(2);
        await startSession(app, sessionOf("one"));
        await beat(app, { sessions: [idOf("one")] });
        app.clock.now += 2 * MINUTE_MS;
        await beat(app, { sessions: [idOf("one")] });
        app.clock.now += MINUTE_MS;
        expectWithin(await app.costOf(() => beat(app, { sessions: [idOf("one")] })), HEARTBEAT);
      });

      it("holds for a start by a holder, with a live session and without one", async () => {
        const app = await heldApp(2);
        await startSession(app, sessionOf("one"));
        expectWithin(await app.costOf(() => startSession(app, sessionOf("two"))), BUDGET.holderWhoHolds);
        for (const name of ["one", "two"]) await endSession(app, name);
        expectWithin(await app.costOf(() => startSession(app, sessionOf("three"))), BUDGET.holderWhoHolds);
      });

      it("holds for a user's first session, which claims a seat", async () => {
        const app = await heldApp(2);
        expectWithin(await app.costOf(() => startSession(app, sessionOf("one"))), BUDGET.claim);
      });

      it("holds for an end that comes alone, and for each of 50 in a heartbeat", async () => {
        const app = await heldApp(10);
        await startSession(app, sessionOf("one"));
        expectWithin(await app.costOf(() => endSession(app, "one")), BUDGET.endOfHolding);
        const of = (n: number) => ({ user: `user-${n % 10}`, target: `target-${Math.floor(n / 10) % 2}` });
        app.clock.now += 2 * DAY_MS;
        await app.invoke("seatJob");
        expectWithin(await costOfEnds(app, of), fiftyInA(HEARTBEAT, BUDGET.endOfHoldingInHeartbeat));
      });

      it("holds for a claim that takes over one of 20 idle seats", async () => {
        const app = await heldApp(20);
        const names = Array.from({ length: 20 }, (_, n) => `session ${n}`);
        for (const [n, name] of names.entries()) await startSession(app, sessionOf(name, { user: `user-${n}` }));
        for (const name of names) await endSession(app, name);
        await beat(app, {});
        await app.invoke("seatJob");
        app.clock.now += DAY_MS;
        const cost = await app.costOf(() => startSession(app, sessionOf("another", { user: "another" })));
        // Nobody has read the seat counter, the catalog's revision and the rules of seats lately.
        const others = 0.5 + BUDGET.policies.read + BUDGET.seatRules.read;
        expectWithin(cost, { ...BUDGET.takeOver, read: BUDGET.takeOver.read + others });
        const seats = (await storedItems(app)).filter(({ sk }) => String(sk).startsWith(SEAT_PREFIX));
        expect(seats).toHaveLength(20);
        expect(seats.map(({ clientUsername }) => clientUsername)).toContain("another");
      });
    },
  );

  it("holds for a denial", async () => {
    const app = await warmApp({ max_seats: 1 });
    await startSession(app, sessionOf("one"));
    const cost = await app.costOf(() => post(app, "/api/v1/sessions", sessionOf("two", { user: "ben" }), 403));
    expectWithin(cost, BUDGET.denial);
  });

  it("holds for the denials of a user on a day, who has been refused often", async () => {
    const app = await warmApp({ max_seats: 1 });
    await startSession(app, sessionOf("one"));
    const refuse = (n: number) => post(app, "/api/v1/sessions", sessionOf(`denied ${n}`, { user: "ben" }), 403);
    // As many sessions as a denial keeps; the next one makes room, which takes a write that is refused.
    for (let n = 1; n < 20; n += 1) await refuse(n);
    expectWithin(await app.costOf(() => refuse(20)), BUDGET.denial);
    await refuse(21);
    expectWithin(await app.costOf(() => refuse(22)), BUDGET.denial);
    const [item] = (await storedItems(app)).filter(({ sk }) => String(sk).startsWith(DENIAL_PREFIX));
    expect(item).toMatchObject({ denials: 22 });
    expect(itemBytes(item ?? {})).toBeLessThan(700);
  });

  it("holds for the list of 500 seats with 200 live sessions", async () => {
    const app = await warmApp({ max_seats: 500 });
    await startSession(app, sessionOf("one"));
    const [seat] = (await storedItems(app)).filter(({ sk }) => String(sk).startsWith(SEAT_PREFIX));
    expect(itemBytes(seat ?? {})).toBeGreaterThan(350);
    const others = Array.from({ length: 499 }, (_, n) => {
      const id = createHash("sha256").update(`${n}`).digest("base64url");
      return { ...seat, id, pk: String(seat?.["pk"]), sk: `${SEAT_PREFIX}${id}` };
    });
    await app.table.batchPut(others);
    await putLive(app, 199);

    let list: { seats: unknown[] } | undefined;
    const cost = await app.costOf(async () => {
      list = (await app.call("GET", "/api/v1/seats")).json;
    });

    expect(list?.seats).toHaveLength(500);
    expectWithin(cost, { ...BUDGET.seatsListed, read: BUDGET.seatsListed.read + 200 * READ_UNITS_PER_LIVE_SESSION });
  });

  it(`holds for the usage report of a past month with ${REPORT_USERS} users at 4 targets each`, async () => {
    const app = await warmApp();
    const endedAt = Date.parse("2026-10-20T15:00:00Z");
    for (const target of ["checkout", "cart", "billing", "search"]) {
      const ended = Array.from({ length: REPORT_USERS }, (_, n) => {
        const start = sessionOf(`${n} ${target}`, { user: `user-${n}`, target, startedAt: endedAt - 600 * SECOND_MS });
        return { ...endOf(endedAt), session_id: start.session_id, start };
      });
      expect((await beat(app, { ended })).accepted).toHaveLength(REPORT_USERS);
    }
    const path = "/api/v1/reports/usage?format=json&from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z";

    let report: { userMetrics: unknown[]; activity: unknown[] } | undefined;
    const cost = await app.costOf(async () => {
      report = (await app.call("GET", path)).json;
    });

    expect(report?.userMetrics).toHaveLength(REPORT_USERS);
    expect(report?.activity).toHaveLength(4 * REPORT_USERS);
    expectWithin(cost, { ...BUDGET.report, read: REPORT_READS });
  });

  it("holds for operators under a license that limits installations, whether they have a slot or not", async () => {
    const app = await warmApp({ edition: "community", max_operators: 1 });
    const and = (...units: readonly Units[]): Limits => ({
      write: units.reduce((sum, { write }) => sum + write, 0),
      read: units.reduce((sum, { read }) => sum + read, 0),
    });
    const registers = (instance: string) => {
      const body = { ...REQUEST_EXAMPLES.licensePost, instance_id: instance };
      return post(app, "/api/v1/license", body, 200);
    };
    const beats = (instance: string, cluster: string) =>
      app.costOf(() => beat(app, { instance_id: instance, cluster_name: cluster }));
    const { cluster_name: cluster } = REQUEST_EXAMPLES.licensePost;
    await registers("before");
    await beats("before", cluster);
    expectWithin(await app.costOf(() => registers("before")), and({ write: 1, read: 0 }, BUDGET.slotJoined));
    expectWithin(await beats("before", cluster), HEARTBEAT);
    await beats("other", "elsewhere");
    expectWithin(await beats("other", "elsewhere"), and(HEARTBEAT, BUDGET.slotRefused, { write: 0, read: 0.5 }));
    const bearer = await app.accessToken(["operators:delete"]);
    await app.call("DELETE", `/api/v1/operators/${cluster}`, { bearer });
    expectWithin(await app.costOf(() => registers("before")), and({ write: 1, read: 0 }, BUDGET.slotTaken));
    expectWithin(await beats("before", cluster), and(HEARTBEAT, BUDGET.slotNoted));
    expectWithin(await beats("before", cluster), HEARTBEAT);
  });

  it("has nothing to pay for the license", async () => {
    const app = await warmApp();
    const cost = await app.costOf(() => app.call("GET", "/api/v1/license"));
    expectWithin(cost, BUDGET.license);
  });
});

const CLUSTER = "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";
const AGENT = `cluster-${CLUSTER}`;

/** What an agent's process says about itself; `n` tells its processes apart. */
const agentOf = (n: number) => ({
  instance_id: AGENT,
  operator_version: "3.180.0",
  cluster_name: "staging-eu",
  cluster_id: CLUSTER,
  agent: {
    ...{ version: "0.3.0", process_id: idOf(`process ${n}`), observed_at: formatTime(START) },
    ...{ enforces: true, applies_catalog: true, kills_previews: true },
  },
});

/** Lets sessions of every kind and duration end, so that the item of their operator has everything that it can count. */
const countEverything = async (app: Metered, instance: string, kinds = ["user", "ci"]): Promise<Item> => {
  const head = instance === AGENT ? agentOf(6) : {};
  const seconds = [10, 45, 200, 500, 1_500, 3_000, 7_000, 14_000, 28_000, 80_000, 100_000];
  const endedAt = START - SECOND_MS;
  for (let time = 0; time < 3; time += 1) {
    const ended = seconds.flatMap((length) =>
      kinds.map((kind) => {
        const start = sessionOf(`${length} ${kind} ${time}`, { startedAt: endedAt - length * SECOND_MS });
        const whole = { ...start, ci: undefined, session_kind: kind, instance_id: instance };
        return { ...endOf(endedAt), session_id: start.session_id, start: whole };
      }),
    );
    app.clock.now += SECOND_MS;
    expect((await beat(app, { ...head, ended })).accepted).toHaveLength(ended.length);
  }
  const item = (await app.table.get(operatorKey(instance), { consistent: true })) ?? {};
  const names = Object.keys(item).filter((name) => /^(ran|ci|pv)(\d+|More)$/.test(name));
  expect(names).toHaveLength(kinds.length * seconds.length);
  return item;
};

const fiftyInA = (heartbeat: Limits, each: Limits): Limits => ({
  write: heartbeat.write + 50 * each.write,
  read: heartbeat.read + 50 * each.read,
});

const costOfEnds = async (app: Metered, of: (n: number) => { user: string; target?: string }): Promise<Cost> => {
  const names = Array.from({ length: 50 }, (_, n) => `session ${n}`);
  for (const [n, name] of names.entries()) await startSession(app, sessionOf(name, of(n)));
  const ended = names.map((name) => ({ ...endOf(), session_id: idOf(name) }));
  return app.costOf(async () => expect((await beat(app, { ended })).accepted).toHaveLength(50));
};

/** The size of an item as DynamoDB counts it (developer guide, "DynamoDB item sizes and formats"). */
const itemBytes = (item: Item): number =>
  Object.entries(marshall(item, { removeUndefinedValues: true })).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );

const valueBytes = (value: object): number => {
  const [[type, content] = ["NULL", true]] = Object.entries(value);
  if (type === "S") return Buffer.byteLength(content);
  if (type === "N") return Math.ceil(content.length / 2) + 1;
  if (type === "M")
    return Object.entries(content as Record<string, object>).reduce(
      (sum, [name, inner]) => sum + 1 + Buffer.byteLength(name) + valueBytes(inner),
      3,
    );
  if (type === "L") return (content as object[]).reduce((sum, inner) => sum + 1 + valueBytes(inner), 3);
  return 1;
};
