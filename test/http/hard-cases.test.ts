import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../support/answers.ts";
import { START } from "../support/app.ts";
import { operatorAt } from "../support/operator.ts";
import { serverPerTest } from "../support/server.ts";
import { storedUnder } from "../support/stored.ts";

const server = serverPerTest({ terms: { max_seats: 1 } });

const seats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
const usage = async () => {
  const answer = await server().call("GET", "/api/v1/reports/usage?format=json");
  expect(answer.status).toBe(200);
  return answer.json.allTimeMetrics;
};

describe("a heartbeat after its seat was given to someone else", () => {
  it("keeps its session, and takes nothing from the new holder", async () => {
    const op = operatorAt(server());
    await op.registers();
    expect((await op.starts("s-ana", "ana")).status).toBe(201);
    const [seat] = (await seats()).seats ?? [];
    const bearer = await server().accessToken(["seats:delete"]);
    expect((await server().call("DELETE", `/api/v1/seats/${seat?.id}`, { bearer })).status).toBe(204);
    expect((await op.starts("s-bob", "bob")).status).toBe(201);
    server().clock.now += MINUTE_MS;
    const body = expectSuccess("heartbeat", await op.beats(["s-ana", "s-bob"]));
    expect(body.terminate).toEqual([]);
    expect((await seats()).seats).toMatchObject([{ kubernetes_username: expect.stringContaining("bob") }]);
    expectProblem(await op.starts("s-ana-2", "ana"), 403, "MaxSeatCountReached");
  });
});

describe("a heartbeat after the license's end", () => {
  it("gets no lease; what runs is recorded, what is new is refused", async () => {
    await server().setLicense({ max_seats: 1 }, { notAfter: START + HOUR_MS });
    const op = operatorAt(server());
    await op.registers();
    await op.starts("s-1", "ana");
    server().clock.now = START + 2 * HOUR_MS;
    const body = expectSuccess("heartbeat", await op.beats(["s-1"]));
    expect(body).toMatchObject({ lease: null, lease_reason: "LicenseExpired", terminate: [], unknown: [] });
    expectProblem(await op.starts("s-2", "ana"), 403, "LicenseExpired");
    expectSuccess("sessionEnd", await op.ends("s-1"));
    expect(await usage()).toMatchObject({ totalSessionCount: 1 });
  });
});

describe("a claim in a new period", () => {
  it("finds a free book although the rows of the last period still stand", async () => {
    const op = operatorAt(server());
    await op.registers();
    await op.starts("s-1", "ana");
    expectProblem(await op.starts("s-2", "bob"), 403, "MaxSeatCountReached");
    const { period } = await seats();
    server().clock.now = Date.parse(period.to);
    expect((await op.starts("s-3", "bob")).status).toBe(201);
    expect(await storedUnder(server(), "SEATS#")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          sk: expect.stringMatching(/^SEAT#/),
          kubernetesUsername: expect.stringMatching("ana"),
        }),
        expect.objectContaining({
          sk: expect.stringMatching(/^SEAT#/),
          kubernetesUsername: expect.stringMatching("bob"),
        }),
      ]),
    );
    expect((await seats()).used).toBe(1);
  });
});

describe("an outage that is longer than the lease", () => {
  it("evicts nobody: the operator is back with the same sessions, its seat and a new lease", async () => {
    const op = operatorAt(server());
    await op.registers();
    await op.starts("s-1", "ana");
    server().clock.now = START + 30 * HOUR_MS;
    const body = expectSuccess("heartbeat", await op.beats(["s-1"]));
    expect(Date.parse(body.lease?.expires_at ?? "")).toBeGreaterThan(server().clock.now);
    expect(body).toMatchObject({ unknown: [], terminate: [], denied: [], conflict: [] });
    expect((await seats()).used).toBe(1);
    expect(expectSuccess("sessionEnd", await op.ends("s-1")).duration_secs).toBe(30 * 3_600);
  });
});

describe("an operator's clock", () => {
  it.each([
    ["an hour ahead", HOUR_MS],
    ["an hour behind", -HOUR_MS],
    ["a day ahead", DAY_MS],
    ["a day behind", -DAY_MS],
  ])("that is %s costs no session a second of its duration, nor moves it to another day", async (_what, off) => {
    const op = operatorAt(server());
    await op.registers();
    const at = () => formatTime(server().clock.now + off);
    await op.starts("s-1", "ana", { started_at: at(), sent_at: at() });
    server().clock.now = START + 10 * MINUTE_MS;
    const ended = expectSuccess("sessionEnd", await op.ends("s-1", { ended_at: at(), sent_at: at() }));
    expect(ended.duration_secs).toBe(600);
    expect(await storedUnder(server(), "DAY#")).toMatchObject([{ pk: "DAY#2026-11-10", seconds: 600 }]);
  });
});

describe("an answer that got lost", () => {
  it("is asked for again, and the retry finds all done exactly once", async () => {
    const op = operatorAt(server());
    await op.registers();
    expect((await op.starts("s-1", "ana", { started_at: formatTime(START) })).status).toBe(201);
    expect((await op.starts("s-1", "ana", { started_at: formatTime(START) })).status).toBe(200);
    server().clock.now = START + MINUTE_MS;
    for (let times = 0; times < 2; times += 1)
      expect(
        expectSuccess("sessionEnd", await op.ends("s-1", { ended_at: formatTime(START + MINUTE_MS) })),
      ).toMatchObject({
        duration_secs: 60,
      });
    expect((await seats()).used).toBe(1);
    expect(await usage()).toMatchObject({ totalSessionCount: 1, totalSessionTimeSeconds: 60 });
  });
});
