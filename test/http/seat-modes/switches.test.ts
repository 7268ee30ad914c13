import { describe, expect, it } from "vitest";
import { seatRulesKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { expectSoundHolds } from "../../support/held-seats.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems, storedUnder } from "../../support/stored.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 2, subscription_id: "sub-1" } });

const PERIOD = {};
const FLOATING = { SEATS_MODE: "floating" };
const IDLE = { SEATS_IDLE_DAYS: "14" };

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
type Operator = ReturnType<typeof operator>;
const pass = (ms: number) => {
  server().clock.now += ms;
};
const switchTo = (settings: Record<string, string>) => server().keepSeats(settings);
const starts = async (under: Operator, sessionId: string, user: string, status = 201) => {
  const answer = await under.starts(sessionId, user);
  expect(answer.status, answer.text).toBe(status);
  pass(SECOND_MS);
  return answer.json;
};
const ends = async (under: Operator, sessionId: string) => expectSuccess("sessionEnd", await under.ends(sessionId));
const beats = async (under: Operator, sessions: readonly string[]) =>
  expectSuccess("heartbeat", await under.beats(sessions));
const book = async (name: string) =>
  (await storedUnder(server(), "SEATS#")).filter(({ pk }) => String(pk).endsWith(`#${name}`));
const holders = async (name: string) =>
  (await book(name))
    .filter(({ sk }) => String(sk).startsWith("SEAT#"))
    .map(({ clientUsername, live }) => `${clientUsername} ${live}`)
    .toSorted();
const counter = async (name: string) => (await book(name)).find(({ sk }) => sk === "COUNTER");
const [MONTH, FLOATS] = ["2026-11-05", "floating"];

/** Beats as operators do, a minute apart, until every function has learned of a switch. */
const carry = async (under: Operator, sessions: readonly string[]) => {
  for (let minutes = 0; minutes < 4; minutes += 1) {
    await beats(under, sessions);
    pass(MINUTE_MS);
  }
  await beats(under, sessions);
};

describe("a deployment in the plain mode", () => {
  it("has no item of rules, and nothing of what sessions hold", async () => {
    const under = operator();
    await switchTo(PERIOD);
    await starts(under, "s-ana", "ana");
    await starts(under, "s-ana-2", "ana");
    await beats(under, ["s-ana", "s-ana-2"]);
    await ends(under, "s-ana");
    expect(await server().table.get(seatRulesKey, { consistent: true })).toBeUndefined();
    for (const item of await storedItems(server()))
      for (const name of ["holds", "live", "claim", "idleSince", "generation", "holding"])
        expect(item, String(item["pk"])).not.toHaveProperty(name);
  });
});

describe("a deployment without a license", () => {
  it("has a job that waits for one, and does not fail", async () => {
    await server().setLicenseText(undefined);
    expect(await switchTo(FLOATING)).toEqual({ license: "missing" });
    await server().setLicense({ type: "teams", max_seats: 2, subscription_id: "sub-1" });
    pass(2 * MINUTE_MS);
    expect(await switchTo(FLOATING)).toMatchObject({ generation: 1 });
  });
});

describe("a switch from period to floating", () => {
  it("makes every live session hold a floating seat by the heartbeats after it, and lets nobody claim in the book before", async () => {
    const under = operator();
    await starts(under, "s-ana", "ana");
    await starts(under, "s-ana-2", "ana");
    await beats(under, ["s-ana", "s-ana-2"]);
    await switchTo(FLOATING);
    expect(await counter(MONTH)).toMatchObject({ claimed: 1, closedAt: expect.any(String) });
    // This function still has the rules before.
    await starts(under, "s-ben", "ben");
    expect(await holders(FLOATS)).toEqual(["ben 1"]);
    await carry(under, ["s-ana", "s-ana-2", "s-ben"]);
    expect(await holders(FLOATS)).toEqual(["ana 2", "ben 1"]);
    expect(await counter(MONTH)).toMatchObject({ claimed: 1 });
    await expectSoundHolds(server());
    await switchTo(FLOATING);
    for (const id of ["s-ana", "s-ana-2"]) await ends(under, id);
    pass(15 * MINUTE_MS);
    await starts(under, "s-eve", "eve");
    await expectSoundHolds(server());
  });

  it("carries over what a function with the rules before starts after it", async () => {
    const under = operator();
    await starts(under, "s-ana", "ana");
    await beats(under, ["s-ana"]);
    await switchTo(FLOATING);
    await beats(under, ["s-ana"]);
    // A holder of the book before is admitted there without a look at its counter.
    await starts(under, "s-ana-2", "ana");
    await carry(under, ["s-ana", "s-ana-2"]);
    expect(await holders(FLOATS)).toEqual(["ana 2"]);
    await expectSoundHolds(server());
  });

  it("counts a denial for a running session that finds no floating seat, once", async () => {
    await server().setLicense({ type: "teams", max_seats: 3, subscription_id: "sub-1" });
    const under = operator();
    for (const user of ["ana", "ben", "eve"]) await starts(under, `s-${user}`, user);
    await server().setLicense({ type: "teams", max_seats: 2, subscription_id: "sub-1" });
    pass(2 * MINUTE_MS);
    await beats(under, ["s-ana", "s-ben", "s-eve"]);
    await switchTo(FLOATING);
    await carry(under, ["s-ana", "s-ben", "s-eve"]);
    expect(await holders(FLOATS)).toEqual(["ana 1", "ben 1"]);
    const denials = (await book(FLOATS)).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toMatchObject([{ clientUsername: "eve", denials: 1 }]);
    await ends(under, "s-eve");
    await expectSoundHolds(server());
  });

  it("takes nothing over before every operator with live sessions has carried them over", async () => {
    const [under, silent] = [operator(), operator("op-silent")];
    await starts(silent, "s-ana", "ana");
    await beats(silent, ["s-ana"]);
    await starts(under, "s-ben", "ben");
    await beats(under, ["s-ben"]);
    await switchTo({ ...FLOATING, SEATS_GRACE_MINUTES: "0" });
    pass(3 * MINUTE_MS);
    // Ana holds a floating seat by another session, which ends, while the silent operator's runs.
    await starts(under, "s-ana-2", "ana");
    await carry(under, ["s-ben", "s-ana-2"]);
    await ends(under, "s-ana-2");
    pass(MINUTE_MS);
    expect(await switchTo({ ...FLOATING, SEATS_GRACE_MINUTES: "0" })).toMatchObject({ waiting: 1, freed: 0 });
    await starts(under, "s-eve", "eve", 403);
    await carry(silent, ["s-ana"]);
    expect(await holders(FLOATS)).toEqual(["ana 1", "ben 1"]);
    expect(await switchTo({ ...FLOATING, SEATS_GRACE_MINUTES: "0" })).toMatchObject({ waiting: 0 });
    await starts(under, "s-eve", "eve", 403);
    await ends(silent, "s-ana");
    await starts(under, "s-eve", "eve");
    await expectSoundHolds(server());
  });
});

describe("a switch from floating to period", () => {
  it("goes on with the book of the period, and gives the floating seats back", async () => {
    const under = operator();
    await starts(under, "s-old", "ana");
    await beats(under, ["s-old"]);
    await ends(under, "s-old");
    await beats(under, []);
    await switchTo(FLOATING);
    pass(3 * MINUTE_MS);
    await starts(under, "s-ben", "ben");
    await beats(under, ["s-ben"]);
    await switchTo(PERIOD);
    expect(await counter(FLOATS)).toMatchObject({ closedAt: expect.any(String) });
    expect(await counter(MONTH)).not.toHaveProperty("closedAt");
    await carry(under, ["s-ben"]);
    expect(await holders(MONTH)).toEqual(["ana undefined", "ben undefined"]);
    expect(await holders(FLOATS)).toEqual(["ben 0"]);
    await expectSoundHolds(server());
    await starts(under, "s-eve", "eve", 403);
    await starts(under, "s-ana", "ana");
    expect(await switchTo(PERIOD)).toMatchObject({ freed: 1 });
    expect(await holders(FLOATS)).toEqual([]);
    const session = await storedUnder(server(), "SESSION#s-ben");
    expect(session).toMatchObject([{ seatId: expect.any(String) }]);
    expect(session[0]).not.toHaveProperty("holds");
    await ends(under, "s-ben");
    await expectSoundHolds(server());
  });

  it("and back again makes sessions hold floating seats anew", async () => {
    const under = operator();
    await switchTo(FLOATING);
    pass(3 * MINUTE_MS);
    await starts(under, "s-ana", "ana");
    await beats(under, ["s-ana"]);
    for (const settings of [PERIOD, FLOATING]) {
      await switchTo(settings);
      await carry(under, ["s-ana"]);
      await switchTo(settings);
      await expectSoundHolds(server());
    }
    expect(await holders(FLOATS)).toEqual(["ana 1"]);
    await ends(under, "s-ana");
    await expectSoundHolds(server());
  });
});

describe("seats that may be taken over after idle days", () => {
  it("are, by the claim that needs one, when nobody has used one for so long", async () => {
    const under = operator();
    await switchTo(IDLE);
    pass(3 * MINUTE_MS);
    await starts(under, "s-ana", "ana");
    await starts(under, "s-ben", "ben");
    await beats(under, ["s-ana", "s-ben"]);
    await switchTo(IDLE);
    const before = server().clock.now;
    await ends(under, "s-ana");
    for (let day = 0; day < 14; day += 1) {
      server().clock.now = before + day * DAY_MS;
      await beats(under, ["s-ben"]);
    }
    server().clock.now = before + 14 * DAY_MS - 1;
    await switchTo(IDLE);
    await starts(under, "s-eve", "eve", 403);
    server().clock.now = before + 14 * DAY_MS;
    expect(await switchTo(IDLE)).toMatchObject({ freed: 0 });
    expect(await holders(MONTH)).toEqual(["ana 0", "ben 1"]);
    await starts(under, "s-eve", "eve");
    expect(await holders(MONTH)).toEqual(["ben 1", "eve 1"]);
    expect(await counter(MONTH)).toMatchObject({ claimed: 2 });
    await expectSoundHolds(server());
  });

  it("count the idle days from before the switch, once each live session holds its seat", async () => {
    const [under, silent] = [operator(), operator("op-silent")];
    await starts(under, "s-ana", "ana");
    await ends(under, "s-ana");
    await starts(silent, "s-ben", "ben");
    await beats(silent, ["s-ben"]);
    pass(15 * DAY_MS);
    await switchTo(IDLE);
    pass(3 * MINUTE_MS);
    await beats(under, []);
    expect(await switchTo(IDLE)).toMatchObject({ waiting: 1 });
    await starts(under, "s-eve", "eve", 403);
    await carry(silent, ["s-ben"]);
    expect(await switchTo(IDLE)).toMatchObject({ waiting: 0 });
    expect(await holders(MONTH)).toEqual(["ana 0", "ben 1"]);
    await starts(under, "s-eve", "eve");
    expect(await holders(MONTH)).toEqual(["ben 1", "eve 1"]);
    await expectSoundHolds(server());
  });

  it("are held in the next period's book by the sessions that run across its beginning", async () => {
    const under = operator();
    await switchTo(IDLE);
    pass(3 * MINUTE_MS);
    await starts(under, "s-ana", "ana");
    await starts(under, "s-ana-2", "ana");
    await beats(under, ["s-ana", "s-ana-2"]);
    server().clock.now = Date.parse("2026-12-05T00:00:00Z");
    await beats(under, ["s-ana", "s-ana-2"]);
    expect(await holders("2026-12-05")).toEqual(["ana 2"]);
    expect(await holders(MONTH)).toEqual(["ana 0"]);
    await expectSoundHolds(server());
    for (const id of ["s-ana", "s-ana-2"]) await ends(under, id);
    await expectSoundHolds(server());
  });

  it("hold until so many days after a start at the latest", async () => {
    await switchTo({ SEATS_IDLE_DAYS: "1" });
    const { seat } = await starts(operator(), "s-ana", "ana");
    expect(Date.parse(seat.held_until)).toBe(server().clock.now - SECOND_MS + DAY_MS);
  });
});

describe("a swap of the license where seats float", () => {
  it("makes every live session hold a seat under the new license, and gives back those under the one before", async () => {
    const under = operator();
    await switchTo(FLOATING);
    pass(3 * MINUTE_MS);
    await starts(under, "s-ana", "ana");
    await beats(under, ["s-ana"]);
    await server().setLicense({ type: "teams", max_seats: 2, subscription_id: "sub-2" });
    pass(2 * MINUTE_MS);
    await switchTo(FLOATING);
    await carry(under, ["s-ana"]);
    const books = (await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("SEAT#"));
    expect(books.map(({ pk, live }) => `${pk} ${live}`).toSorted()).toEqual([
      "SEATS#sub-1#ClientCertificate#floating 0",
      "SEATS#sub-2#ClientCertificate#floating 1",
    ]);
    await expectSoundHolds(server());
    expect(await switchTo(FLOATING)).toMatchObject({ freed: 1, waiting: 0 });
    await expectSoundHolds(server());
    pass(HOUR_MS);
    await ends(under, "s-ana");
    await expectSoundHolds(server());
  });
});
