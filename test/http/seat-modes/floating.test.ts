import { beforeEach, describe, expect, it } from "vitest";
import { LISTS } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { expectSoundHolds } from "../../support/held-seats.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const FLOATING = { SEATS_MODE: "floating" };
const server = serverPerTest({ terms: { type: "teams", max_seats: 2, subscription_id: "sub-1" }, env: FLOATING });

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
type Operator = ReturnType<typeof operator>;
const keepSeats = () => server().invoke("seatJob");
const pass = (ms: number) => {
  server().clock.now += ms;
};
/** A job's run, and one after every function has learned of the rules. */
const settle = async () => {
  await keepSeats();
  pass(3 * MINUTE_MS);
};

beforeEach(settle);

const starts = async (under: Operator, sessionId: string, user: string, status = 201) => {
  const answer = await under.starts(sessionId, user);
  expect(answer.status, answer.text).toBe(status);
  return answer.json;
};
const ends = async (under: Operator, sessionId: string) => expectSuccess("sessionEnd", await under.ends(sessionId));
const seats = () =>
  storedUnder(server(), "SEATS#").then((items) => items.filter(({ sk }) => String(sk).startsWith("SEAT#")));
const holders = async () => (await seats()).map(({ clientUsername }) => clientUsername).toSorted();
const summary = async () => {
  pass(10 * SECOND_MS);
  return expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
};
const full = async (under: Operator) => {
  await starts(under, "s-ana", "ana");
  await starts(under, "s-ben", "ben");
  await under.beats(["s-ana", "s-ben"]);
  await keepSeats();
};

describe("floating seats", () => {
  it("are taken by a user's first live session, and kept for the grace after the last one", async () => {
    const under = operator();
    await full(under);
    await starts(under, "s-eve", "eve", 403);
    await ends(under, "s-ana");
    await starts(under, "s-eve", "eve", 403);
    await starts(under, "s-ana-2", "ana");
    await ends(under, "s-ana-2");
    pass(15 * MINUTE_MS - 1);
    await starts(under, "s-eve", "eve", 403);
    pass(1);
    await starts(under, "s-eve", "eve");
    expect(await holders()).toEqual(["ben", "eve"]);
    await starts(under, "s-ana-3", "ana", 403);
    await expectSoundHolds(server());
  });

  it("are counted once for all live sessions of a user: only the last end begins the grace", async () => {
    const under = operator();
    await full(under);
    for (const id of ["s-2", "s-3"]) await starts(under, id, "ana");
    for (const id of ["s-2", "s-ana"]) await ends(under, id);
    pass(HOUR_MS);
    await under.beats(["s-ben", "s-3"]);
    await keepSeats();
    await starts(under, "s-eve", "eve", 403);
    await ends(under, "s-3");
    pass(15 * MINUTE_MS);
    await starts(under, "s-eve", "eve");
    await expectSoundHolds(server());
  });

  it("are free five minutes after the grace at the latest: a job deletes them and counts them off", async () => {
    const under = operator();
    await full(under);
    await ends(under, "s-ana");
    pass(15 * MINUTE_MS - 1);
    expect(await keepSeats()).toMatchObject({ freed: 0 });
    pass(1);
    expect(await keepSeats()).toMatchObject({ freed: 1 });
    expect(await holders()).toEqual(["ben"]);
    expect(await summary()).toMatchObject({ used: 1, available: 1 });
    await expectSoundHolds(server());
  });

  it("have no end of a billing period", async () => {
    const under = operator();
    await full(under);
    for (let day = 0; day < 40; day += 1) {
      pass(DAY_MS);
      await under.beats(["s-ana", "s-ben"]);
    }
    await keepSeats();
    await starts(under, "s-eve", "eve", 403);
    expect(await summary()).toMatchObject({ used: 2, mode: "floating", period: { to: "9999-12-31T00:00:00.000Z" } });
    await ends(under, "s-ana");
    await expectSoundHolds(server());
  });

  it("are held until the grace after a start at the latest", async () => {
    const { seat } = await starts(operator(), "s-ana", "ana");
    expect(seat.held_until).toBe(formatTime(server().clock.now + 15 * MINUTE_MS));
  });

  it("are never taken over while a session is live, whatever the list of idle seats shows", async () => {
    const under = operator();
    await full(under);
    await ends(under, "s-ana");
    pass(HOUR_MS);
    await starts(under, "s-ana-2", "ana");
    // The list lags: it still shows the seat as it was.
    const [seat] = (await seats()).filter(({ clientUsername }) => clientUsername === "ana");
    const idle = { list: `IDLE#${seat?.["pk"]}#common`, at: formatTime(server().clock.now - HOUR_MS) };
    await server().table.write({
      kind: "update",
      key: { pk: String(seat?.["pk"]), sk: String(seat?.["sk"]) },
      update: {
        expression: "SET #list = :list, #at = :at",
        names: { "#list": "list", "#at": "at" },
        values: { ":list": idle.list, ":at": idle.at },
      },
    });
    expect(idle.list.startsWith(LISTS.idle.slice(0, -1))).toBe(true);
    await starts(under, "s-eve", "eve", 403);
    expect(await keepSeats()).toMatchObject({ freed: 0 });
    expect(await holders()).toEqual(["ana", "ben"]);
  });

  it("of a released user are not counted by the sessions that held them before", async () => {
    const under = operator();
    await full(under);
    const [ana] = (await summary()).seats?.filter(({ client_username }) => client_username === "ana") ?? [];
    const bearer = await server().accessToken(["seats:delete"]);
    expect((await server().call("DELETE", `/api/v1/seats/${ana?.id}`, { bearer })).status).toBe(204);
    await starts(under, "s-ana-2", "ana");
    await ends(under, "s-ana");
    pass(HOUR_MS);
    await under.beats(["s-ana-2", "s-ben"]);
    await keepSeats();
    await starts(under, "s-eve", "eve", 403);
    await expectSoundHolds(server());
  });

  it("are given back by a session that its operator no longer lists, and by ends in a heartbeat", async () => {
    const under = operator();
    await full(under);
    await starts(under, "s-ben-2", "ben");
    pass(5 * MINUTE_MS);
    await under.beats(["s-ana", "s-ben", "s-ben-2"]);
    pass(MINUTE_MS);
    const ended = ["s-ben", "s-ben-2"].map((id) => ({ session_id: id, ended_at: formatTime(server().clock.now) }));
    await under.beats([], { ended });
    await expectSoundHolds(server());
    expect((await seats()).map(({ live }) => live)).toEqual([0, 0]);
    pass(15 * MINUTE_MS);
    expect(await keepSeats()).toMatchObject({ freed: 2 });
    await expectSoundHolds(server());
  });
});

describe("a session that was lost and is listed again", () => {
  const lost = async (under: Operator) => {
    pass(5 * MINUTE_MS);
    await under.beats(["s-ben"]);
    pass(5 * MINUTE_MS);
    await under.beats(["s-ben"]);
    await expectSoundHolds(server());
  };

  it("takes its seat again in the transaction that makes it live", async () => {
    const under = operator();
    await full(under);
    await under.beats(["s-ana", "s-ben"]);
    await lost(under);
    pass(MINUTE_MS);
    expect(expectSuccess("heartbeat", await under.beats(["s-ana", "s-ben"])).denied).toEqual([]);
    expect((await seats()).map(({ live }) => live)).toEqual([1, 1]);
    await expectSoundHolds(server());
  });

  it("is live, denied, counted and to be stopped if somebody else has the seat", async () => {
    const under = operator();
    await full(under);
    await under.beats(["s-ana", "s-ben"]);
    await lost(under);
    pass(16 * MINUTE_MS);
    await starts(under, "s-eve", "eve");
    pass(MINUTE_MS);
    const answer = expectSuccess("heartbeat", await under.beats(["s-ana", "s-ben", "s-eve"]));
    expect(answer.denied).toEqual([{ session_id: "s-ana", code: "MaxSeatCountReached" }]);
    expect(answer.terminate).toEqual(["s-ana"]);
    const denials = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toMatchObject([{ clientUsername: "ana", denials: 1 }]);
    await expectSoundHolds(server());
    await ends(under, "s-ana");
    await expectSoundHolds(server());
  });
});

describe("the sessions of an operator that is silent", () => {
  it("are lost after an hour, so that their seats become free; it revives what it lists when it is back", async () => {
    const [silent, others] = [operator("op-silent"), [operator("op-2"), operator("op-3")]];
    await starts(silent, "s-ana", "ana");
    await silent.beats(["s-ana"]);
    for (let minutes = 0; minutes <= 60; minutes += 1) {
      for (const other of others) await other.beats([]);
      if (minutes % 5 === 0) await keepSeats();
      pass(MINUTE_MS);
    }
    expect((await seats()).map(({ live }) => live)).toEqual([1]);
    await others[0]?.beats([]);
    await others[1]?.beats([]);
    expect(await keepSeats()).toMatchObject({ lost: 1, waits: false });
    expect((await seats()).map(({ live }) => live)).toEqual([0]);
    await expectSoundHolds(server());
    await silent.beats(["s-ana"]);
    expect((await seats()).map(({ live }) => live)).toEqual([1]);
    await expectSoundHolds(server());
  });

  it("stay live while most operators are silent, and for an hour after", async () => {
    const fleet = ["op-1", "op-2", "op-3"].map(operator);
    await starts(operator("op-1"), "s-ana", "ana");
    for (const [n, one] of fleet.entries()) await one.beats(n === 0 ? ["s-ana"] : []);
    for (let minutes = 0; minutes < 90; minutes += 5) {
      pass(5 * MINUTE_MS);
      await keepSeats();
    }
    expect((await seats()).map(({ live }) => live)).toEqual([1]);
    for (let minutes = 0; minutes < 60; minutes += 5) {
      for (const one of fleet.slice(1)) await one.beats([]);
      await keepSeats();
      pass(5 * MINUTE_MS);
    }
    expect((await seats()).map(({ live }) => live)).toEqual([1]);
    for (const one of fleet.slice(1)) await one.beats([]);
    expect(await keepSeats()).toMatchObject({ lost: 1 });
  });
});
