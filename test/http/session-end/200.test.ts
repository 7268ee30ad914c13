import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace, storedUnder } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";
import { endBody } from "../../support/wire.ts";

const server = serverPerTest();
const operator = () => operatorAt(server());
const usage = async () => {
  const { json } = await server().call("GET", "/api/v1/reports/usage?format=json");
  const { totalSessionCount, totalSessionTimeSeconds } = json.allTimeMetrics;
  return { sessions: totalSessionCount, seconds: totalSessionTimeSeconds };
};

describe("an end", () => {
  it("gives the duration in whole seconds, rounded down", async () => {
    await operator().starts("s-1");
    server().clock.now += 90 * SECOND_MS + 999;
    const body = expectSuccess("sessionEnd", await operator().ends("s-1", { reason: "client disconnected" }));
    expect(body).toEqual({ session_id: "s-1", duration_secs: 90 });
    expect(await usage()).toEqual({ sessions: 1, seconds: 90 });
  });

  it("sent again is the same 200, and changes nothing", async () => {
    await operator().starts("s-1");
    server().clock.now += HOUR_MS;
    const first = await operator().ends("s-1");
    server().clock.now += HOUR_MS;
    const again = await leavingNoTrace(server(), () => operator().ends("s-1"));
    expect(expectSuccess("sessionEnd", again)).toEqual(expectSuccess("sessionEnd", first));
    expect(await usage()).toEqual({ sessions: 1, seconds: 3_600 });
  });

  it("takes the session off the live list and leaves its user the seat", async () => {
    await operator().starts("s-1");
    await operator().ends("s-1");
    expect((await server().call("GET", "/api/v1/sessions")).json.sessions).toEqual([]);
    expect((await server().call("GET", "/api/v1/seats")).json.used).toBe(1);
  });

  it("may be at the very moment of the start", async () => {
    await operator().starts("s-1");
    expect(expectSuccess("sessionEnd", await operator().ends("s-1")).duration_secs).toBe(0);
  });

  it("may come with the lease token of its operator", async () => {
    const bearer = await leaseToken(server());
    await operator().starts("s-1");
    expectSuccess("sessionEnd", await operatorAt(server(), "op-1", { bearer }).ends("s-1"));
  });

  it("may come from another operator once its own has gone silent", async () => {
    await operator().registers();
    await operator().starts("s-1");
    server().clock.now += 3 * MINUTE_MS + 1;
    const bearer = await leaseToken(server(), "op-2");
    expectSuccess("sessionEnd", await operatorAt(server(), "op-2", { bearer }).ends("s-1"));
  });

  it("may come with its start from another operator once its own has gone silent", async () => {
    await operator().registers();
    const start = operator().start("s-1");
    server().clock.now += 3 * MINUTE_MS + 1;
    const bearer = await leaseToken(server(), "op-2");
    expectSuccess("sessionEnd", await operatorAt(server(), "op-2", { bearer }).ends("s-1", { start }));
  });
});

describe("an end whose start never arrived", () => {
  it("is recorded whole if it carries the start; it claims no seat", async () => {
    server().clock.now += HOUR_MS;
    const start = operator().start("s-1", "ana", { started_at: formatTime(START) });
    expect(expectSuccess("sessionEnd", await operator().ends("s-1", { start })).duration_secs).toBe(3_600);
    expect(await usage()).toEqual({ sessions: 1, seconds: 3_600 });
    expect((await server().call("GET", "/api/v1/seats")).json.used).toBe(0);
  });

  it("does not care what start it carries where the start is known", async () => {
    await operator().starts("s-1");
    server().clock.now += HOUR_MS;
    const start = operator().start("s-1", "ben", { started_at: formatTime(START + 30 * MINUTE_MS) });
    expect(expectSuccess("sessionEnd", await operator().ends("s-1", { start })).duration_secs).toBe(3_600);
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).toMatchObject({ client: { username: "ana" } });
  });
});

describe("the id in the path", () => {
  const end = (path: string) => server().call("POST", `/api/v1/sessions/${path}/end`, { body: endBody(START) });

  it.each([
    ["a/b/c", "a%2Fb%2Fc"],
    ["a/end", "a%2Fend"],
    ["end", "end"],
    ["a+b=c@d:e", "a%2Bb%3Dc%40d%3Ae"],
    ["a+b", "a+b"],
    ["x".repeat(128), "x".repeat(128)],
  ])("%s is found as %s", async (id, path) => {
    await operator().starts(id);
    expect(expectSuccess("sessionEnd", await end(path))).toEqual({ session_id: id, duration_secs: 0 });
  });

  it("with a slash may come unencoded", async () => {
    await operator().starts("a/b");
    expect(expectSuccess("sessionEnd", await end("a/b")).session_id).toBe("a/b");
  });
});

describe("an operator whose clock is off", () => {
  it("gets its session's true duration: start and end are shifted together", async () => {
    const theirs = START - 2 * HOUR_MS;
    const stamp = (time: number) => ({ sent_at: formatTime(time) });
    await operator().starts("s-1", "ana", { started_at: formatTime(theirs), ...stamp(theirs) });
    server().clock.now += HOUR_MS;
    const ended = { ended_at: formatTime(theirs + HOUR_MS), ...stamp(theirs + HOUR_MS) };
    expect(expectSuccess("sessionEnd", await operator().ends("s-1", ended)).duration_secs).toBe(3_600);
    const [stored] = await storedUnder(server(), "SESSION#s-1");
    expect(stored).toMatchObject({ startedAt: formatTime(START), endedAt: formatTime(START + HOUR_MS) });
  });

  it("and that was set right in between ends its session no later than now", async () => {
    const theirs = START - 2 * HOUR_MS;
    await operator().starts("s-1", "ana", { started_at: formatTime(theirs), sent_at: formatTime(theirs) });
    server().clock.now += HOUR_MS;
    expect(expectSuccess("sessionEnd", await operator().ends("s-1")).duration_secs).toBe(3_600);
  });
});
