import { describe, expect, it } from "vitest";
import { expectProblem } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { forgedTokens, leaseToken } from "../../support/tokens.ts";
import { heartbeatBody, startBody } from "../../support/wire.ts";

const server = sharedServer();

describe("a lease token", () => {
  it("speaks for no other operator's heartbeat, whatever else is wrong with it", async () => {
    const bearer = await leaseToken(server(), "op-2");
    const call = (changes: object) =>
      server().call("POST", "/api/v1/heartbeat", { bearer, body: heartbeatBody(server().clock.now, { ...changes }) });
    expectProblem(await leavingNoTrace(server(), () => call({})), 403, "Forbidden");
    expectProblem(await call({ sessions: Array(5_001).fill("s") }), 403, "Forbidden");
  });

  it("starts no other operator's session", async () => {
    const bearer = await leaseToken(server(), "op-2");
    const call = () => server().call("POST", "/api/v1/sessions", { bearer, body: startBody(server().clock.now) });
    expectProblem(await leavingNoTrace(server(), call), 403, "Forbidden");
  });

  it("ends no session that is live under another operator", async () => {
    const owner = operatorAt(server(), "op-1");
    await owner.registers();
    await owner.starts("s-1");
    const bearer = await leaseToken(server(), "op-2");
    const other = operatorAt(server(), "op-2", { bearer });
    expectProblem(await leavingNoTrace(server(), () => other.ends("s-1")), 403, "Forbidden");
    const own = operatorAt(server(), "op-1", { bearer: await leaseToken(server(), "op-1") });
    expect((await own.ends("s-1")).status).toBe(200);
  });

  it("made by the test as the server makes them is good: what is refused elsewhere is refused for its fault", async () => {
    const { good } = await forgedTokens(server());
    expect((await sendGood(server(), "heartbeat", { bearer: good })).status).toBe(200);
    expect((await sendGood(server(), "sessionStart", { bearer: good })).status).toBeLessThan(500);
  });
});
