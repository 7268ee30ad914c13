import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 2, subscription_id: "sub-1" } });

const PERIOD_END = Date.parse("2026-12-05T00:00:00Z");

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
type Operator = ReturnType<typeof operator>;

const starts = async (under: Operator, sessionId: string, user: string, changes: object = {}) => {
  expectSuccess("sessionStart", await under.starts(sessionId, user, { ...changes }), 201);
  server().clock.now += MINUTE_MS;
};
const beats = async (under: Operator, sessions: readonly string[], changes: object = {}) =>
  expectSuccess("heartbeat", await under.beats(sessions, { ...changes }));
const book = async () => {
  server().clock.now += 10_000;
  return expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
};
const holders = async () => (await book()).seats?.map(({ client_username }) => client_username).toSorted();
const allow = async (terms: object, validity = {}) => {
  await server().setLicense({ type: "teams", subscription_id: "sub-1", ...terms }, validity);
  server().clock.now += MINUTE_MS;
};
/** The seats' decisions in the audit from the period's end on, as "what by whom for which session". */
const decisions = async () =>
  (await storedUnder(server(), "AUDIT#"))
    .filter(({ time, action }) => String(time) >= "2026-12-05" && String(action).startsWith("seat."))
    .map(({ action, actor, sessionId }) => `${action} ${actor} ${sessionId}`)
    .toSorted();

const toNextPeriod = () => {
  server().clock.now = PERIOD_END - 1;
};

describe("sessions that run across the beginning of a period", () => {
  it("claim by the first heartbeat that lists them in it, and by none before", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    toNextPeriod();
    await beats(under, ["s-1", "s-2"]);
    server().clock.now = PERIOD_END;
    expect((await book()).used).toBe(0);
    const { seats } = await beats(under, ["s-1", "s-2"]);
    expect(seats).toMatchObject({ used: 2, available: 0 });
    expect(await holders()).toEqual(["ana", "ben"]);
    expect(await decisions()).toEqual(["seat.claimed op-1 s-1", "seat.claimed op-1 s-2"]);
    await expectSoundTable(server());
  });

  it("claim oldest first, whatever their order in the list; strict: one that finds no seat continues as a denial", async () => {
    await allow({ max_seats: 3 });
    const under = operator();
    for (const [id, user] of [
      ["z-1", "ana"],
      ["m-2", "ben"],
      ["a-3", "eve"],
    ] as const)
      await starts(under, id, user);
    await allow({ max_seats: 2 });
    toNextPeriod();
    server().clock.now += 1;
    const answer = await beats(under, ["a-3", "m-2", "z-1"]);
    expect({ terminate: answer.terminate, denied: answer.denied, unknown: answer.unknown }).toEqual({
      terminate: [],
      denied: [],
      unknown: [],
    });
    expect(await holders()).toEqual(["ana", "ben"]);
    expect(await decisions()).toEqual(["seat.claimed op-1 m-2", "seat.claimed op-1 z-1", "seat.denied op-1 a-3"]);
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions.map(({ id }) => id).toSorted()).toEqual(["a-3", "m-2", "z-1"]);
    await expectSoundTable(server());
  });

  it("count as overage beyond the maximum where that is allowed, the oldest as the seats they are", async () => {
    await allow({ type: "enterprise", max_seats: 1 });
    const under = operator();
    for (const [id, user] of [
      ["s-1", "ana"],
      ["s-2", "ben"],
      ["s-3", "eve"],
    ] as const)
      await starts(under, id, user);
    toNextPeriod();
    server().clock.now += 1;
    await beats(under, ["s-3", "s-2", "s-1"]);
    const { used, overage, seats } = await book();
    expect({ used, overage }).toEqual({ used: 3, overage: 2 });
    const regular = seats?.filter((seat) => !seat.overage).map(({ client_username }) => client_username);
    expect(regular).toEqual(["ana"]);
    await expectSoundTable(server());
  });

  it("of one user claim one seat, at two operators as well", async () => {
    const [one, other] = [operator("op-1"), operator("op-2")];
    await starts(one, "s-1", "ana");
    await starts(one, "s-2", "ana");
    await starts(other, "s-3", "ana");
    await starts(other, "s-4", "ben");
    toNextPeriod();
    server().clock.now += 1;
    await beats(one, ["s-1", "s-2"]);
    expect(await holders()).toEqual(["ana"]);
    await beats(other, ["s-3", "s-4"]);
    expect(await holders()).toEqual(["ana", "ben"]);
    expect(await decisions()).toEqual(["seat.claimed op-1 s-1", "seat.claimed op-2 s-4"]);
    await expectSoundTable(server());
  });

  it("claim at two operators at once, and together no more than there are", async () => {
    await allow({ max_seats: 6 });
    const operators = [operator("op-1"), operator("op-2")];
    for (const [place, under] of operators.entries())
      for (const user of ["a", "b", "c"]) await starts(under, `${user}-${place}`, `${user}${place}`);
    await allow({ max_seats: 4 });
    toNextPeriod();
    server().clock.now += 1;
    await Promise.all(operators.map((under, place) => beats(under, [`a-${place}`, `b-${place}`, `c-${place}`])));
    expect((await book()).used).toBe(4);
    const kinds = (await decisions()).map((line) => line.split(" ")[0]);
    expect(kinds.filter((kind) => kind === "seat.claimed")).toHaveLength(4);
    expect(kinds.filter((kind) => kind === "seat.denied")).toHaveLength(2);
    await expectSoundTable(server());
  });

  it("claim nothing where they are of CI, or were denied already", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    await starts(under, "s-ci", "robot", { ci: true });
    const answer = await beats(under, ["s-1", "s-2", "s-ci", "s-eve"], { started: [under.start("s-eve", "eve")] });
    expect(answer.terminate).toEqual(["s-eve"]);
    await allow({ max_seats: 9 });
    toNextPeriod();
    server().clock.now += 1;
    await beats(under, ["s-1", "s-2", "s-ci", "s-eve"]);
    expect(await holders()).toEqual(["ana", "ben"]);
  });

  it("claim nothing if the heartbeat reports their end, or no longer lists them", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    toNextPeriod();
    server().clock.now += MINUTE_MS;
    const ended = [{ session_id: "s-1", ended_at: new Date(PERIOD_END - HOUR_MS).toISOString() }];
    expect((await beats(under, ["s-1"], { ended })).accepted).toEqual(["s-1"]);
    expect(await book()).toMatchObject({ used: 0 });
    expect(await decisions()).toEqual([]);
  });

  it("claim before those that come: one started in the same heartbeat finds only what they left", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    toNextPeriod();
    server().clock.now += MINUTE_MS;
    const answer = await beats(under, ["s-1", "s-2", "s-3"], { started: [under.start("s-3", "eve")] });
    expect(answer.denied).toEqual([{ session_id: "s-3", code: "MaxSeatCountReached" }]);
    expect(await holders()).toEqual(["ana", "ben"]);
  });

  it("claim nothing under a license that has expired; under its renewal they do", async () => {
    const under = operator();
    await allow({ max_seats: 2 }, { notAfter: PERIOD_END - HOUR_MS });
    await starts(under, "s-1", "ana");
    toNextPeriod();
    server().clock.now += 1;
    expect(await beats(under, ["s-1"])).toMatchObject({ lease: null, lease_reason: "LicenseExpired" });
    expect((await book()).used).toBe(0);
    await allow({ max_seats: 2 });
    await beats(under, ["s-1"]);
    expect(await holders()).toEqual(["ana"]);
  });

  it("claim in the book of another subscription's license that replaces theirs", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    await starts(under, "s-2", "ben");
    await beats(under, ["s-1", "s-2"]);
    await allow({ subscription_id: "sub-2", max_seats: 1 });
    await beats(under, ["s-1", "s-2"]);
    expect(await book()).toMatchObject({ used: 1, max: 1 });
    expect(await holders()).toEqual(["ana"]);
    const denials = (await storedUnder(server(), "SEATS#sub-2")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(denials).toMatchObject([{ denials: 1, lastSession: "s-2" }]);
    await expectSoundTable(server());
  });

  it("do not take back in its own period a seat that was released", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    const id = (await book()).seats?.[0]?.id;
    const bearer = await server().accessToken(["seats:delete"]);
    expect((await server().call("DELETE", `/api/v1/seats/${id}`, { bearer })).status).toBe(204);
    await beats(under, ["s-1"]);
    expect((await book()).used).toBe(0);
  });

  it("cost the period's first heartbeat a write beside their claims, and those after it none", async () => {
    const under = operator();
    await starts(under, "s-1", "ana");
    toNextPeriod();
    await beats(under, ["s-1"]);
    server().clock.now += MINUTE_MS;
    await beats(under, ["s-1"]);
    server().clock.now += MINUTE_MS;
    server().consumed.length = 0;
    await beats(under, ["s-1"]);
    const writes = server().consumed.filter(({ operation }) => operation !== "GetItem");
    expect(writes).toEqual([{ operation: "UpdateItem", units: 1 }]);
  });
});
