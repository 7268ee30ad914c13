import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems, storedUnder } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";
import { clientOf, startBody, TARGET } from "../../support/wire.ts";

const server = serverPerTest({ terms: { max_seats: 2 } });
const operator = () => operatorAt(server());
const start = (changes: object) =>
  server().call("POST", "/api/v1/sessions", { body: startBody(server().clock.now, { ...changes }) });

const LICENSE_ENDS = START + 2 * DAY_MS;
const PERIOD_ENDS = Date.parse("2026-12-05T00:00:00Z");
const LATER = START + 300 * DAY_MS;

const seatsTaken = async () => {
  for (const user of ["ben", "eve"]) expectSuccess("sessionStart", await operator().starts(`of-${user}`, user), 201);
};
const released = async () => {
  const bearer = await server().accessToken(["seats:delete"]);
  const { seats } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
  for (const { id } of seats ?? []) await server().call("DELETE", `/api/v1/seats/${id}`, { bearer });
  await seatsTaken();
};
const lowered = async () => {
  await server().setLicense({ max_seats: 1, subscription_id: "sub-1" });
  server().clock.now += 2 * MINUTE_MS;
};

describe("a session that starts", () => {
  it("claims a seat for a user who holds none, until the period ends", async () => {
    const body = expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201);
    expect(body).toEqual({
      session_id: "s-1",
      seat: {
        id: expect.stringMatching(/^[\w-]{20,}$/),
        claimed_at: formatTime(START),
        // The license was issued on a 5th.
        held_until: "2026-12-05T00:00:00.000Z",
        overage: false,
      },
      seats: { used: 1, max: 2, available: 1 },
    });
  });

  it("holds the seat no longer than the license runs", async () => {
    const notAfter = START + 3 * DAY_MS;
    await server().setLicense({}, { notAfter });
    const body = expectSuccess("sessionStart", await operator().starts("s-1"), 201);
    expect(body.seat?.held_until).toBe(formatTime(notAfter));
  });

  it("uses the seat its user holds already, from whichever operator", async () => {
    const first = expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201);
    server().clock.now += HOUR_MS;
    const second = expectSuccess("sessionStart", await operatorAt(server(), "op-2").starts("s-2", "ana"), 201);
    expect(second.seat).toEqual(first.seat);
    expect(second.seats).toEqual({ used: 1, max: 2, available: 1 });
  });

  it("takes no seat as a CI session, even when all are taken", async () => {
    await operator().starts("s-1", "ana");
    await operator().starts("s-2", "ben");
    const body = expectSuccess("sessionStart", await operator().starts("s-3", "cyd", { ci: true }), 201);
    expect(body.seat).toBeNull();
    expect(body.seats).toEqual({ used: 2, max: 2, available: 0 });
  });

  it("is recorded as it was reported, to the last field", async () => {
    const reported = {
      sent_at: formatTime(START),
      key: "checkout-fix",
      branch: "fix/checkout",
      client: { ...clientOf("ana"), name: "Ana Lima", cli_version: "3.172.0" },
      target: { ...TARGET, container: "main" },
      locked_ports: [{ port: 8080, kind: "steal", filter: "x-user: ana" }],
      features: ["steal", "fs-read"],
      profile: "default",
    };
    await start(reported);
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).toMatchObject({
      state: "live",
      instanceId: "op-1",
      startedAt: formatTime(START),
      key: reported.key,
      branch: reported.branch,
      target: reported.target,
      lockedPorts: reported.locked_ports,
      features: reported.features,
      profile: reported.profile,
      client: { id: "SHA256:ana", name: "Ana Lima", kubernetesUsername: "ana@example.com", cliVersion: "3.172.0" },
    });
  });

  it("may use the last character of every bound, and any script", async () => {
    const host = "h".repeat(253);
    const text = "é".repeat(128);
    const changes = {
      session_id: "A-Za-z0-9._:@/+=-".padEnd(128, "x"),
      key: text,
      branch: "b".repeat(255),
      profile: "👩‍💻 李",
      client: { id: "i".repeat(128), hostname: host, username: text, name: text, kubernetes_username: host },
      target: { namespace: text, kind: text, name: host, container: text },
      locked_ports: [
        { port: 1, kind: text, filter: "f".repeat(1_024) },
        ...Array(63).fill({ port: 65_535, kind: "steal" }),
      ],
      features: Array(32).fill(text),
    };
    expectSuccess("sessionStart", await start(changes), 201);
  });

  it("may carry fields that nobody knows; they are not kept", async () => {
    const raw = JSON.stringify(startBody(START, { invented: { later: true }, seatId: "mine", state: "ended" })).replace(
      /\}$/,
      `,"__proto__":{"ci":true},"constructor":{"prototype":{"ci":true}}}`,
    );
    const body = expectSuccess("sessionStart", await server().call("POST", "/api/v1/sessions", { raw }), 201);
    expect(body.seat).not.toBeNull();
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).not.toHaveProperty("invented");
    expect(stored).toMatchObject({ state: "live", seatId: body.seat?.id, ci: false });
  });

  it.each(["a/b", "a/end", "end", "..s", "a//b", "/", "a+b=c@d:e"])("may have the id %s", async (id) => {
    expect(expectSuccess("sessionStart", await operator().starts(id), 201).session_id).toBe(id);
  });

  it("may come with the lease token of its operator", async () => {
    const bearer = await leaseToken(server());
    expectSuccess("sessionStart", await operatorAt(server(), "op-1", { bearer }).starts("s-1"), 201);
  });

  it("lies on the server's clock where the operator's is off by more than five minutes, and the log says by how much", async () => {
    const theirs = START - HOUR_MS;
    await start({ started_at: formatTime(theirs - MINUTE_MS), sent_at: formatTime(theirs) });
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).toMatchObject({ startedAt: formatTime(START - MINUTE_MS), shiftMs: HOUR_MS });
    expect(server().logs).toContainEqual(
      expect.objectContaining({ level: "WARN", instance_id: "op-1", skew_seconds: 3_600 }),
    );
  });

  it("is taken at its word where the clocks differ by five minutes or less", async () => {
    const theirs = START + 5 * MINUTE_MS;
    await start({ started_at: formatTime(theirs), sent_at: formatTime(theirs) });
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).toMatchObject({ startedAt: formatTime(theirs) });
    expect(server().logs.filter(({ skew_seconds }) => skew_seconds !== undefined)).toEqual([]);
  });
});

describe("the same start again", () => {
  it("is a 200 with the same answer, and changes nothing", async () => {
    const first = expectSuccess("sessionStart", await operator().starts("s-1"), 201);
    const before = await storedItems(server());
    const second = expectSuccess("sessionStart", await start({}), 200);
    expect(second).toEqual(first);
    expect(await storedItems(server())).toEqual(before);
  });

  it("is a 200 for a CI session, too", async () => {
    const first = expectSuccess("sessionStart", await operator().starts("s-1", "ana", { ci: true }), 201);
    expect(expectSuccess("sessionStart", await operator().starts("s-1", "ana", { ci: true }), 200)).toEqual(first);
  });

  // The answer may have been lost, and what decided it be another thing by the time its operator asks again.
  it.each([
    ["its user's seat was released, and another user holds it", START + MINUTE_MS, LATER, released],
    ["the license has expired", LICENSE_ENDS - MINUTE_MS, LICENSE_ENDS, async () => {}],
    ["a new period has begun, whose seats others hold", PERIOD_ENDS - MINUTE_MS, LATER, seatsTaken],
    ["the maximum was lowered below its user's claim", START + MINUTE_MS, LATER, lowered],
  ])("is a 200 after %s, and no denial", async (_what, startsAt, notAfter, happens) => {
    await server().setLicense({ max_seats: 2, subscription_id: "sub-1" }, { notAfter });
    await operator().starts("elder", "cyd");
    server().clock.now = startsAt;
    const body = operator().start("s-1", "ana");
    expectSuccess("sessionStart", await start(body), 201);
    server().clock.now += 2 * MINUTE_MS;
    await happens();
    expectSuccess("sessionStart", await start(body), 200);
    expect((await storedUnder(server(), "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"))).toEqual([]);
  });
});

describe("a license that names no subscription", () => {
  it.each([[null], [""]])(
    "has a seat book of its own: sessions start under one that says %j",
    async (subscription_id) => {
      await server().setLicense({ subscription_id, max_seats: 2 });
      const body = expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201);
      expect(body.seats).toEqual({ used: 1, max: 2, available: 1 });
    },
  );
});

describe("beyond the license's seats", () => {
  it("an enterprise license admits, and says that it is overage", async () => {
    await server().setLicense({ type: "enterprise", max_seats: 1 });
    expect(expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201).seat?.overage).toBe(false);
    const over = expectSuccess("sessionStart", await operator().starts("s-2", "ben"), 201);
    expect(over.seat?.overage).toBe(true);
    expect(over.seats).toEqual({ used: 2, max: 1, available: 0 });
  });

  it("there is nothing where the license is unlimited", async () => {
    await server().setLicense({ max_seats: null });
    const body = expectSuccess("sessionStart", await operator().starts("s-1", "ana"), 201);
    expect(body.seats).toEqual({ used: 1, max: null, available: null });
  });
});
