import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { max_seats: 2, subscription_id: "sub-1" } });

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
const seats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
const release = async (id: string, subject = "the admin") =>
  server().call("DELETE", `/api/v1/seats/${encodeURIComponent(id)}`, {
    bearer: await server().accessToken(["seats:delete"], subject),
  });

/** The seat that a user's new session runs on. */
const seatOf = async (sessionId: string, user: string, under = operator()): Promise<string> => {
  const { seat } = expectSuccess("sessionStart", await under.starts(sessionId, user), 201);
  return seat?.id ?? "";
};

const released = async () => (await storedUnder(server(), "AUDIT#")).filter(({ action }) => action === "seat.released");

describe("a seat that is released", () => {
  it("is free at once: another user's session claims it", async () => {
    const id = await seatOf("s-1", "ana");
    await seatOf("s-2", "ben");
    expectProblem(await operator().starts("s-3", "eve"), 403, "MaxSeatCountReached");

    const answer = await release(id);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: "" });
    expect(answer.headers["x-request-id"]).toBeDefined();
    const { used, available, seats: held } = await seats();
    expect({ used, available }).toEqual({ used: 1, available: 1 });
    expect(held?.map(({ client_username }) => client_username)).toEqual(["ben"]);

    await seatOf("s-3", "eve");
    expectProblem(await operator().starts("s-4", "ana"), 403, "MaxSeatCountReached");
    await expectSoundTable(server());
  });

  it("is claimed again by its user's next session, as of then", async () => {
    const id = await seatOf("s-1", "ana");
    await release(id);
    server().clock.now += HOUR_MS;
    expect(await seatOf("s-2", "ana")).toBe(id);
    expect((await seats()).seats).toMatchObject([{ id, claimed_at: formatTime(START + HOUR_MS) }]);
    await expectSoundTable(server());
  });

  it("takes nothing from the session that runs: it goes on, and ends, as if nothing happened", async () => {
    const id = await seatOf("s-1", "ana");
    await release(id);
    const beat = expectSuccess("heartbeat", await operator().beats(["s-1"]));
    expect({ ...beat, lease: null }).toMatchObject({ terminate: [], denied: [], unknown: [] });
    server().clock.now += MINUTE_MS;
    expect(expectSuccess("sessionEnd", await operator().ends("s-1")).duration_secs).toBe(60);
    expect((await seats()).used).toBe(0);
  });

  it("leaves one audit row, which names who released whose seat", async () => {
    const id = await seatOf("s-1", "ana");
    await release(id, "the lead of team shop");
    expect(await released()).toEqual([
      expect.objectContaining({
        action: "seat.released",
        actor: "the lead of team shop",
        time: formatTime(START),
        seatId: id,
        kubernetesUsername: "ana@example.com",
        clientHostname: "ana-laptop",
      }),
    ]);
  });

  it("may be one of overage, and may be one of those under the maximum while others are overage", async () => {
    await server().setLicense({ type: "enterprise", max_seats: 1, subscription_id: "sub-1" });
    server().clock.now += MINUTE_MS;
    const [ana, ben, eve] = [await seatOf("s-1", "ana"), await seatOf("s-2", "ben"), await seatOf("s-3", "eve")];
    expect(await seats()).toMatchObject({ used: 3, overage: 2 });
    expect((await release(eve)).status).toBe(204);
    expect(await seats()).toMatchObject({ used: 2, overage: 1 });
    expect((await release(ana)).status).toBe(204);
    expect(await seats()).toMatchObject({ used: 1, overage: 0, available: 0 });
    const again = expectSuccess("sessionStart", await operator().starts("s-4", "ana"), 201);
    expect(again.seat).toMatchObject({ id: ana, overage: true });
    expect((await release(ben)).status).toBe(204);
    await expectSoundTable(server());
  });
});

describe("operators", () => {
  const beat = async (under: ReturnType<typeof operator>, sessions: readonly string[] = []) =>
    expectSuccess("heartbeat", await under.beats(sessions)).seats_lost;

  it("that beat are all informed of a released seat, after ten seconds at most, for an hour, and then no more", async () => {
    const [one, other] = [operator("op-1"), operator("op-2")];
    await Promise.all([one.registers(), other.registers()]);
    const id = await seatOf("s-1", "ana", one);
    expect(await beat(one, ["s-1"])).toEqual([]);
    await release(id);
    for (const seconds of [10, 60, 1_800, 3_540]) {
      server().clock.now = START + seconds * SECOND_MS;
      expect(await beat(one, ["s-1"])).toEqual([id]);
      expect(await beat(other)).toEqual([id]);
    }
    server().clock.now = START + HOUR_MS - 1;
    expect(await beat(one, ["s-1"])).toEqual([id]);
    server().clock.now += 1;
    expect(await beat(one, ["s-1"])).toEqual([]);
    expect(await beat(other)).toEqual([]);
  });

  it("are informed of every seat of the last hour, however close together they were released", async () => {
    await server().setLicense({ max_seats: null, subscription_id: "sub-1" });
    server().clock.now += MINUTE_MS;
    const one = operator();
    await one.registers();
    const ids: string[] = [];
    for (const user of ["ana", "ben", "cyd", "dan", "eve", "fay"]) ids.push(await seatOf(`s-${user}`, user, one));
    const statuses = await Promise.all(ids.map(async (id) => (await release(id)).status));
    expect(new Set(statuses)).toEqual(new Set([204]));
    expect((await beat(one)).toSorted()).toEqual(ids.toSorted());
    await expectSoundTable(server());
  });

  it("that start after the release are informed, too, and none of their items is written for it", async () => {
    await release(await seatOf("s-1", "ana"));
    const after = operator("op-2");
    await after.registers();
    const stored = () => server().table.get(operatorKey("op-2"), { consistent: true });
    const before = await stored();
    const id = await seatOf("s-2", "ana");
    await release(id);
    expect(await stored()).toEqual(before);
    expect(await beat(after)).toEqual([id]);
  });
});

describe("a maximum that was lowered below what is claimed", () => {
  it("leaves the oldest claims their seats; a release makes room for the next in line", async () => {
    const ids: string[] = [];
    await server().setLicense({ max_seats: 3, subscription_id: "sub-1" });
    server().clock.now += MINUTE_MS;
    for (const user of ["ana", "ben", "eve"]) {
      ids.push(await seatOf(`s-${user}`, user));
      server().clock.now += MINUTE_MS;
    }
    await server().setLicense({ max_seats: 1, subscription_id: "sub-1" });
    server().clock.now += 2 * MINUTE_MS;
    const startsAgain = async (user: string, id: string) => (await operator().starts(id, user)).status;
    expect(await startsAgain("ana", "t-1")).toBe(201);
    expect(await startsAgain("ben", "t-2")).toBe(403);
    expect(await startsAgain("eve", "t-3")).toBe(403);
    await release(ids[0] ?? "");
    server().clock.now += MINUTE_MS;
    expect(await startsAgain("ben", "t-4")).toBe(201);
    expect(await startsAgain("eve", "t-5")).toBe(403);
    expect(await startsAgain("ana", "t-6")).toBe(403);
    await expectSoundTable(server());
  });
});
