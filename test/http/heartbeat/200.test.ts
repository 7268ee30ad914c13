import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = serverPerTest({ terms: { max_seats: 3 } });
const operator = (id?: string) => operatorAt(server(), id);
const liveIds = async () =>
  expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions")).sessions.map(({ id }) => id);

describe("a heartbeat", () => {
  it("renews the lease from now on, with the caller's nonce in it", async () => {
    const op = operator();
    await op.registers();
    server().clock.now += 10 * HOUR_MS;
    const { lease } = expectSuccess("heartbeat", await op.beats([], { nonce: "t81mLw2PqA" }));
    expect(lease?.expires_at).toBe(formatTime(server().clock.now + DAY_MS));
    const { json } = await server().call("GET", "/.well-known/jwks.json");
    const { payload } = await jwtVerify(lease?.token ?? "", createLocalJWKSet(json), {
      currentDate: new Date(server().clock.now),
    });
    expect(payload).toMatchObject({ sub: "op-1", nonce: "t81mLw2PqA", exp: (server().clock.now + DAY_MS) / SECOND_MS });
  });

  it("of an operator that never registered is as good", async () => {
    const body = expectSuccess("heartbeat", await operator().beats([]));
    const license = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license")).license;
    expect(body).toEqual({
      lease: expect.objectContaining({ expires_at: formatTime(START + DAY_MS) }),
      license: { fingerprint: license.fingerprint, status: "valid" },
      seats: { used: 0, max: 3, available: 3 },
      accepted: [],
      rejected: [],
      denied: [],
      terminate: [],
      unknown: [],
      conflict: [],
      seats_lost: [],
      seq: 1,
      list: "taken",
      server_time: formatTime(START),
    });
    expect(await storedUnder(server(), "OPERATORS")).toHaveLength(1);
  });

  it("keeps its operator going on the token of the last one", async () => {
    let bearer = await leaseToken(server());
    for (let beat = 1; beat <= 5; beat += 1) {
      server().clock.now += 20 * HOUR_MS;
      const answer = await operatorAt(server(), "op-1", { bearer }).beats([], { seq: beat });
      bearer = expectSuccess("heartbeat", answer).lease?.token ?? "";
    }
  });

  it("tells within 60 seconds of a license that was swapped", async () => {
    const op = operator();
    const before = expectSuccess("heartbeat", await op.beats([]));
    await server().setLicense({ max_seats: 9 });
    server().clock.now += 60 * SECOND_MS;
    const after = expectSuccess("heartbeat", await op.beats([]));
    expect(after.license?.fingerprint).not.toBe(before.license?.fingerprint);
    expect(after.seats?.max).toBe(9);
  });

  it("is recorded under an expired license, with its ends and its late starts: a lease it gets none", async () => {
    const op = operator();
    await op.starts("s-1");
    await server().setLicense({}, { notAfter: START + MINUTE_MS });
    server().clock.now += MINUTE_MS;
    const ended = [{ session_id: "s-1", ended_at: formatTime(server().clock.now) }];
    const body = expectSuccess("heartbeat", await op.beats(["s-2"], { started: [op.start("s-2")], ended }));
    expect(body).toMatchObject({
      lease: null,
      lease_reason: "LicenseExpired",
      license: { status: "expired" },
      accepted: ["s-1"],
      denied: [{ session_id: "s-2", code: "LicenseExpired" }],
      terminate: ["s-2"],
    });
    expect(await liveIds()).toEqual(["s-2"]);
  });

  it("whose clock is off is logged with by how much", async () => {
    await operator().beats([], { sent_at: formatTime(START - 6 * MINUTE_MS) });
    await operator().beats([], { sent_at: formatTime(START + 4 * MINUTE_MS) });
    const told = server().logs.filter(({ skew_seconds }) => skew_seconds !== undefined);
    expect(told).toEqual([expect.objectContaining({ level: "WARN", instance_id: "op-1", skew_seconds: 360 })]);
  });
});

describe("the order of heartbeats", () => {
  it("rules the live list alone: a late one cannot turn it back, but its events count and its lease is renewed", async () => {
    const op = operator();
    await op.starts("s-1");
    const late = { seq: 6, sent_at: formatTime(START), started: [op.start("s-2", "ben", { ci: true })] };
    await op.beats(["s-1"], { seq: 7 });
    server().clock.now += 10 * MINUTE_MS;
    const body = expectSuccess("heartbeat", await op.beats([], late));
    expect(body.accepted).toEqual(["s-2"]);
    expect(body.lease?.expires_at).toBe(formatTime(server().clock.now + DAY_MS));
    expect((await liveIds()).toSorted()).toEqual(["s-1", "s-2"]);
  });

  it("lets a later one do what the late one could not", async () => {
    const op = operator();
    await op.starts("s-1");
    await op.beats(["s-1"], { seq: 7 });
    server().clock.now += 10 * MINUTE_MS;
    await op.beats([], { seq: 8 });
    expect(await liveIds()).toEqual([]);
  });
});

describe("the sessions of a heartbeat", () => {
  it("that are not known here come back as unknown, until they are told of", async () => {
    const op = operator();
    expect(expectSuccess("heartbeat", await op.beats(["s-1", "s-2"])).unknown.toSorted()).toEqual(["s-1", "s-2"]);
    server().clock.now += MINUTE_MS;
    const told = await op.beats(["s-1", "s-2"], { started: [op.start("s-1"), op.start("s-2")] });
    const { accepted, unknown } = expectSuccess("heartbeat", told);
    expect({ accepted: accepted.toSorted(), unknown }).toEqual({ accepted: ["s-1", "s-2"], unknown: [] });
  });

  it("that are live under another operator come back as conflict, and stay the other's", async () => {
    const [owner, other] = [operator("op-1"), operator("op-2")];
    await owner.registers();
    await owner.starts("s-1");
    expect(expectSuccess("heartbeat", await other.beats(["s-1"]))).toMatchObject({ conflict: ["s-1"], unknown: [] });
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions).toMatchObject([{ id: "s-1", instance_id: "op-1" }]);
  });

  it("that are live under an operator gone silent are taken over", async () => {
    await operator("op-1").registers();
    await operator("op-1").starts("s-1");
    server().clock.now += 3 * MINUTE_MS + 1;
    expect(expectSuccess("heartbeat", await operator("op-2").beats(["s-1"]))).toMatchObject({
      conflict: [],
      unknown: [],
    });
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions).toMatchObject([{ id: "s-1", instance_id: "op-2", stale: false }]);
  });
});
