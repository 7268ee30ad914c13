import { describe, expect, it } from "vitest";
import { sessionKey } from "../../../shared/contract/keys.ts";
import { MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { crashing } from "../../support/faulty-table.ts";
import { operatorAt } from "../../support/operator.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const PERIOD_END = Date.parse("2026-12-05T00:00:00Z");
const TERMS = { type: "teams", max_seats: 2, subscription_id: "sub-1" };

type Operator = ReturnType<typeof operatorAt>;
const starts = async (under: Operator, sessionId: string, user: string) =>
  expectSuccess("sessionStart", await under.starts(sessionId, user), 201);
const beats = async (under: Operator, sessions: readonly string[], changes: object = {}) =>
  expectSuccess("heartbeat", await under.beats(sessions, { ...changes }));
const holders = async (app: Server) => {
  app.clock.now += 10 * SECOND_MS;
  const { seats } = expectSuccess("seatList", await app.call("GET", "/api/v1/seats"));
  return seats?.map(({ client_username }) => client_username).toSorted();
};
/** The sessions that a subscription's books have refused, each with how often. */
const denials = async (app: Server, subscription = "sub-1") =>
  (await storedUnder(app, `SEATS#${subscription}`))
    .filter(({ sk }) => String(sk).startsWith("DENIAL#"))
    .map((item) => ({ user: item["clientUsername"], denials: item["denials"] }));

describe("a session that the first list of a new period leaves out", () => {
  const server = serverPerTest({ terms: TERMS });

  it("claims by the next heartbeat that lists it, so a third user is refused", async () => {
    const app = server();
    const under = operatorAt(app);
    app.clock.now = PERIOD_END - 10 * SECOND_MS;
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    app.clock.now = PERIOD_END + SECOND_MS;
    // Its list was made before ben's session started.
    await beats(under, ["s-1"]);
    expect(await holders(app)).toEqual(["ana"]);
    app.clock.now += MINUTE_MS;
    await beats(under, ["s-1", "s-2"]);
    expect(await holders(app)).toEqual(["ana", "ben"]);
    expectProblem(await under.starts("s-3", "eve"), 403, "MaxSeatCountReached");
    await expectSoundTable(app);
  });

  it("is counted as a denial where others have taken the seats meanwhile", async () => {
    const app = server();
    const under = operatorAt(app);
    app.clock.now = PERIOD_END - 10 * SECOND_MS;
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    app.clock.now = PERIOD_END + SECOND_MS;
    await beats(under, ["s-1"]);
    await starts(under, "s-3", "eve");
    app.clock.now += MINUTE_MS;
    await beats(under, ["s-1", "s-2", "s-3"]);
    expect(await holders(app)).toEqual(["ana", "eve"]);
    expect(await denials(app)).toEqual([{ user: "ben", denials: 1 }]);
    app.clock.now += MINUTE_MS;
    await beats(under, ["s-1", "s-2", "s-3"]);
    expect(await denials(app)).toEqual([{ user: "ben", denials: 1 }]);
  });
});

describe("an operator whose item says wrongly that all its sessions have their place, as earlier releases left it", () => {
  const server = serverPerTest({ terms: TERMS });

  it("is found out by its reconciliation within 15 minutes, and the next heartbeat claims", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now = PERIOD_END;
    await beats(under, ["s-1"]);
    const seat = (await storedUnder(app, "SEATS#")).find(({ pk, sk }) => `${pk} ${sk}`.includes("2026-12-05 SEAT#"));
    const [pk, sk] = [String(seat?.["pk"]), String(seat?.["sk"])];
    const [record] = await storedUnder(app, "SESSION#s-1");
    await app.table.transact([
      { kind: "put", item: { ...record, ...sessionKey("s-1"), book: "AbCdEfGh" } },
      { kind: "delete", key: { pk, sk } },
      {
        kind: "update",
        key: { pk, sk: "COUNTER" },
        update: { expression: "SET claimed = :none", values: { ":none": 0 } },
      },
    ]);
    for (let minute = 0; minute < 17; minute += 1) {
      app.clock.now += MINUTE_MS;
      await beats(under, ["s-1"]);
    }
    expect(await holders(app)).toEqual(["ana"]);
  });
});

describe("every session on its own", () => {
  let failing: string | undefined;
  const server = serverPerTest({
    terms: { ...TERMS, max_seats: 3 },
    around: (table, name) =>
      name === "heartbeat"
        ? {
            ...table,
            transact: async (writes) => {
              if (failing !== undefined && JSON.stringify(writes).includes(failing))
                throw new StoreUnavailable("an outage");
              return table.transact(writes);
            },
          }
        : table,
  });

  it("is carried over: one that fails stops no younger one, and is carried over by the next heartbeat", async () => {
    const app = server();
    const under = operatorAt(app);
    const users = ["ana", "ben", "eve"];
    for (const user of users) {
      await starts(under, `s-${user}`, user);
      app.clock.now += MINUTE_MS;
    }
    const sessions = users.map((user) => `s-${user}`);
    app.clock.now = PERIOD_END;
    failing = "s-ana";
    await beats(under, sessions);
    expect(await holders(app)).toEqual(["ben", "eve"]);
    failing = undefined;
    app.clock.now += MINUTE_MS;
    await beats(under, sessions);
    expect(await holders(app)).toEqual(users);
    await expectSoundTable(app);
  });

  it("of a user without a seat is counted as a denial", async () => {
    const app = server();
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    await starts(under, "s-3", "ben");
    await app.setLicense({ ...TERMS, max_seats: 1 });
    app.clock.now = PERIOD_END + MINUTE_MS;
    await beats(under, ["s-1", "s-2", "s-3"]);
    expect(await holders(app)).toEqual(["ana"]);
    expect(await denials(app)).toEqual([{ user: "ben", denials: 2 }]);
  });
});

describe("around a swap of licenses, while functions hold different copies", () => {
  const crash = crashing();
  const server = serverPerTest({
    terms: TERMS,
    around: (table, name) => (name === "sessions" ? crash.around(table) : table),
  });
  const swapped = { ...TERMS, subscription_id: "sub-2" };
  /** The function of sessions goes on with the old license for 60 s; the function of heartbeats reads the new one. */
  const heartbeatsFirst = async (app: Server, under: Operator) => {
    await beats(under, []);
    app.clock.now += 50 * SECOND_MS;
    await starts(under, "s-1", "ana");
    await app.setLicense(swapped);
    app.clock.now += 11 * SECOND_MS;
    await beats(under, ["s-1"]);
  };

  it("a session that an old copy admitted claims in the new book by the next heartbeat", async () => {
    const app = server();
    const under = operatorAt(app);
    await heartbeatsFirst(app, under);
    await starts(under, "s-2", "ben");
    expect(await denials(app, "sub-2")).toEqual([]);
    app.clock.now += MINUTE_MS;
    await beats(under, ["s-1", "s-2"]);
    expect(await holders(app)).toEqual(["ana", "ben"]);
    expectProblem(await under.starts("s-3", "eve"), 403, "MaxSeatCountReached");
    await expectSoundTable(app);
  });

  it("so does one whose start's function was killed before it moved the operator's digest", async () => {
    const app = server();
    const under = operatorAt(app);
    await heartbeatsFirst(app, under);
    crash.killAt(1, "after");
    expect((await under.starts("s-2", "ben")).status).toBe(503);
    crash.revive();
    expectSuccess("sessionStart", await under.starts("s-2", "ben"), 200);
    for (let beat = 0; beat < 3; beat += 1) {
      app.clock.now += MINUTE_MS;
      await beats(under, ["s-1", "s-2"]);
    }
    expect(await holders(app)).toEqual(["ana", "ben"]);
    await expectSoundTable(app);
  });

  it("a heartbeat by an old copy carries nothing back: no claim and no denial in the old book", async () => {
    const app = server();
    await app.setLicense({ ...TERMS, max_seats: 1 });
    app.clock.now += MINUTE_MS;
    const under = operatorAt(app);
    await starts(under, "s-1", "ana");
    app.clock.now += 50 * SECOND_MS;
    await beats(under, ["s-1"]);
    await app.setLicense(swapped);
    app.clock.now += 11 * SECOND_MS;
    await starts(under, "s-2", "ben");
    await beats(under, ["s-1", "s-2"]);
    expect(await denials(app, "sub-1")).toEqual([]);
    app.clock.now += MINUTE_MS;
    await beats(under, ["s-1", "s-2"]);
    expect(await holders(app)).toEqual(["ana", "ben"]);
    expect(await denials(app, "sub-2")).toEqual([]);
    await expectSoundTable(app);
  });
});
