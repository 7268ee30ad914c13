import { describe, expect, it } from "vitest";
import { sessionKey } from "../../../shared/contract/keys.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { endBody, endedEvent, heartbeatBody } from "../../support/wire.ts";

const server = serverPerTest();

/** A live session with an id that is refused today, as an earlier release stored it. */
const storedWith = async (id: string): Promise<void> => {
  await operatorAt(server()).starts("s-before");
  const [session] = await storedUnder(server(), "SESSION#s-before");
  await server().table.write({ kind: "put", item: { ...session, sessionId: id, ...sessionKey(id) } });
  await server().table.write({ kind: "delete", key: sessionKey("s-before") });
};
const stateOf = async (id: string) => (await server().table.get(sessionKey(id), { consistent: true }))?.["state"];

describe.each(["..", ".", "a/../b", "./s"])("a session with the id %s", (id) => {
  it("is refused at its start, with the reason", async () => {
    expectProblem(await operatorAt(server()).starts(id), 400, "BadRequest", ["session_id"]);
    const { json } = await server().call("POST", "/api/v1/heartbeat", {
      body: heartbeatBody(server().clock.now, { ended: [endedEvent(server().clock.now, id)] }),
    });
    expect(json.rejected).toEqual([
      { session_id: id, code: "BadRequest", detail: expect.stringContaining("must not have . or .. as a part") },
    ]);
    expect(await storedUnder(server(), "SESSION#")).toEqual([]);
  });

  it("that is stored already can be ended by a heartbeat", async () => {
    await storedWith(id);
    const ended = [{ session_id: id, ...endBody(server().clock.now) }];
    const answer = await server().call("POST", "/api/v1/heartbeat", {
      body: heartbeatBody(server().clock.now, { sessions: [id], ended }),
    });
    expect(expectSuccess("heartbeat", answer)).toMatchObject({ accepted: [id], rejected: [] });
    expect(await stateOf(id)).toBe("ended");
  });

  it("that is stored already can be ended and stopped by its path", async () => {
    await storedWith(id);
    const bearer = await server().accessToken(["sessions:delete"]);
    const path = `/api/v1/sessions/${encodeURIComponent(id)}`;
    expect((await server().call("DELETE", path, { bearer })).status).toBe(202);
    expectSuccess("sessionEnd", await server().call("POST", `${path}/end`, { body: endBody(server().clock.now) }));
    expect(await stateOf(id)).toBe("ended");
  });
});
