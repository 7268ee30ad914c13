import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { TARGET } from "../../support/wire.ts";

const server = serverPerTest();

const operator = (instanceId = "op-1") => operatorAt(server(), instanceId);
const kill = async (path: string, subject = "the admin") =>
  server().call("DELETE", `/api/v1/sessions${path}`, {
    bearer: await server().accessToken(["sessions:delete", "sessions:deletecollection"], subject),
  });
const killed = async (path: string) => {
  const answer = await kill(path);
  expect(answer.status, answer.text).toBe(202);
  return answer;
};

type Operator = ReturnType<typeof operatorAt>;
const toStop = async (under: Operator, sessions: readonly string[], changes = {}) =>
  expectSuccess("heartbeat", await under.beats(sessions, changes)).terminate.toSorted();
const runs = async (under: Operator, sessions: readonly string[], head = {}) => {
  for (const id of sessions) expect((await under.starts(id, "ana", { ci: true })).status).toBe(201);
  expect(await toStop(under, sessions, head)).toEqual([]);
};

const kills = async () =>
  (await storedUnder(server(), "AUDIT#")).filter(({ action }) => String(action).startsWith("session."));
const requestsOf = async (instanceId = "op-1") => {
  const item = await server().table.get(operatorKey(instanceId), { consistent: true });
  return Object.keys(item ?? {}).filter((name) => name.startsWith("terminate"));
};
const later = (ms = MINUTE_MS) => {
  server().clock.now += ms;
};

describe("a session that is killed", () => {
  it("is in terminate of every following heartbeat until it has ended, and in none after that", async () => {
    const under = operator();
    await runs(under, ["s-1", "s-2"]);
    expect((await killed("/s-1")).text).toBe("");
    for (const _ of [1, 2, 3]) {
      later();
      expect(await toStop(under, ["s-1", "s-2"])).toEqual(["s-1"]);
    }
    expect((await under.ends("s-1")).status).toBe(200);
    later();
    expect(await toStop(under, ["s-2"])).toEqual([]);
    expect(await requestsOf()).toEqual([]);
  });

  it("is not in terminate of the heartbeat that reports its end", async () => {
    const under = operator();
    await runs(under, ["s-1"]);
    await killed("/s-1");
    later();
    const ended = [{ session_id: "s-1", ended_at: formatTime(server().clock.now) }];
    expect(await toStop(under, ["s-1"], { ended })).toEqual([]);
    expect(await requestsOf()).toEqual([]);
  });

  it("is asked of the operator that runs it, and of no other", async () => {
    const [one, other] = [operator("op-1"), operator("op-2")];
    await runs(one, ["s-1"]);
    await runs(other, ["s-2"]);
    await killed("/s-2");
    later();
    expect(await toStop(one, ["s-1"])).toEqual([]);
    expect(await toStop(other, ["s-2"])).toEqual(["s-2"]);
  });

  it("stays live until its operator has stopped it, and is listed as stopping to everybody", async () => {
    const under = operator();
    await runs(under, ["s-1", "s-2"]);
    await killed("/s-1");
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions.map(({ id, stopping }) => [id, stopping])).toEqual([
      ["s-1", true],
      ["s-2", false],
    ]);
  });

  it("may have the id of what every object has, and leaves the way free for others", async () => {
    const ids = ["__proto__", "constructor", "s-1"];
    const under = operator();
    await runs(under, ids);
    for (const id of ids) await killed(`/${id}`);
    later();
    expect(await toStop(under, ids)).toEqual(ids);
  });

  it("is audited once, with who asked, however often it is asked", async () => {
    const under = operator();
    await runs(under, ["s-1"]);
    for (const _ of [1, 2, 3]) expect((await kill("/s-1", "ops of team shop")).status).toBe(202);
    expect(await kills()).toEqual([
      expect.objectContaining({
        action: "session.kill",
        actor: "ops of team shop",
        time: formatTime(START),
        sessionId: "s-1",
        instanceId: "op-1",
        kubernetesUsername: "ana@example.com",
      }),
    ]);
    later();
    expect(await toStop(under, ["s-1"])).toEqual(["s-1"]);
  });

  it("that its operator gave up as lost is done with: back again, it runs on until it is killed again", async () => {
    const under = operator();
    await runs(under, ["s-1"]);
    later(5 * MINUTE_MS);
    await killed("/s-1");
    expect(await toStop(under, [])).toEqual(["s-1"]);
    later();
    await toStop(under, []);
    expect(await requestsOf()).toEqual([]);
    later();
    await toStop(under, ["s-1"]);
    later();
    expect(await toStop(under, ["s-1"])).toEqual([]);
    await killed("/s-1");
    later();
    expect(await toStop(under, ["s-1"])).toEqual(["s-1"]);
  });

  it("is asked of the instance that takes it over when its operator restarts", async () => {
    await runs(operator("op-1"), ["s-1", "s-2"]);
    await killed("/s-1");
    later(10 * MINUTE_MS);
    const next = operator("op-2");
    expect(await toStop(next, ["s-1", "s-2"])).toEqual([]);
    for (const _ of [1, 2, 3]) {
      later();
      expect(await toStop(next, ["s-1", "s-2"])).toEqual(["s-1"]);
    }
    await next.ends("s-1");
    later();
    expect(await toStop(next, ["s-2"])).toEqual([]);
  });

  it("is asked of the third instance, too, if the second restarts as well", async () => {
    await runs(operator("op-1"), ["s-1", "s-2"]);
    await killed("?cluster=nowhere");
    await killed("/s-1");
    for (const id of ["op-2", "op-3"]) {
      later(10 * MINUTE_MS);
      await toStop(operator(id), ["s-1", "s-2"]);
    }
    const third = operatorAt(server(), "op-3");
    await third.beats([]);
    later();
    expect(await toStop(third, ["s-1", "s-2"])).toEqual(["s-1"]);
  });

  it.each(["s-none", "s-over"])("is a 404 and leaves no trace where it is not live: %s", async (id) => {
    const under = operator();
    await runs(under, ["s-over"]);
    await under.ends("s-over");
    expectProblem(await kill(`/${id}`), 404, "NotFound");
    expect(await requestsOf()).toEqual([]);
    expect(await kills()).toEqual([]);
  });
});

describe("all sessions killed", () => {
  it("are asked of every operator, counted and audited, and what starts after it goes on", async () => {
    const [one, other] = [operator("op-1"), operator("op-2")];
    await runs(one, ["s-1", "s-2"]);
    await runs(other, ["s-3"]);
    expect(expectSuccess("sessionKillAll", await killed(""), 202)).toEqual({ count: 3 });
    later(1_000);
    expect((await one.starts("s-new", "ana", { ci: true })).status).toBe(201);
    for (const _ of [1, 2, 3, 4]) {
      later();
      expect(await toStop(one, ["s-1", "s-2", "s-new"])).toEqual(["s-1", "s-2"]);
      expect(await toStop(other, ["s-3"])).toEqual(["s-3"]);
    }
    for (const id of ["s-1", "s-2"]) await one.ends(id);
    later();
    expect(await toStop(one, ["s-new"])).toEqual([]);
    expect(await requestsOf()).toEqual([]);
    expect(await requestsOf("op-2")).toEqual(["terminateBefore"]);
    const rows = await kills();
    expect(rows).toEqual([expect.objectContaining({ action: "session.kill_all", actor: "the admin", sessions: 3 })]);
  });

  it("are forgotten only after a while: what was starting meanwhile is stopped, too", async () => {
    const under = operator();
    await runs(under, []);
    await killed("");
    later();
    expect(await toStop(under, [])).toEqual([]);
    expect(await requestsOf()).toEqual(["terminateBefore"]);
    later(2 * MINUTE_MS);
    await toStop(under, []);
    expect(await requestsOf()).toEqual([]);
  });

  it("are asked of the instance that takes them over when their operator restarts, and none that it started itself", async () => {
    const first = operator("op-1");
    await first.registers({ cluster_name: "eu" });
    await runs(first, ["s-1", "s-2"], { cluster_name: "eu" });
    expect((await killed("?cluster=eu")).json).toEqual({ count: 2 });
    later(10 * MINUTE_MS);
    const next = operator("op-2");
    await runs(next, ["s-own"]);
    await toStop(next, ["s-own", "s-1", "s-2"]);
    for (const _ of [1, 2]) {
      later();
      expect(await toStop(next, ["s-own", "s-1", "s-2"])).toEqual(["s-1", "s-2"]);
    }
    for (const id of ["s-1", "s-2"]) await next.ends(id);
    later(3 * MINUTE_MS);
    expect(await toStop(next, ["s-own"])).toEqual([]);
    expect(await requestsOf("op-2")).toEqual([]);
  });

  it("by a filter are those of the namespace, the user or the cluster, and no others", async () => {
    const under = operator("op-1");
    await under.registers({ cluster_name: "eu" });
    await operator("op-2").registers({ cluster_name: "us" });
    const ofTarget = (namespace: string) => ({ ci: true, target: { ...TARGET, namespace } });
    await under.starts("s-shop", "ana", ofTarget("shop"));
    await under.starts("s-pay", "ben", ofTarget("pay"));
    const us = operatorAt(server(), "op-2");
    await us.starts("s-us", "ben", ofTarget("pay"));
    expect((await killed("?namespace=pay&cluster=eu")).json).toEqual({ count: 1 });
    later();
    const beat = (who: Operator, sessions: readonly string[], cluster: string) =>
      toStop(who, sessions, { cluster_name: cluster });
    expect(await beat(under, ["s-shop", "s-pay"], "eu")).toEqual(["s-pay"]);
    expect(await beat(us, ["s-us"], "us")).toEqual([]);
    expect((await killed("?user=ben")).json).toEqual({ count: 2 });
    later();
    expect(await beat(us, ["s-us"], "us")).toEqual(["s-us"]);
    expect((await killed("?cluster=eu")).json).toEqual({ count: 2 });
    later();
    expect(await beat(under, ["s-shop", "s-pay"], "eu")).toEqual(["s-pay", "s-shop"]);
    const filters = (await kills()).map(({ namespace, user, cluster, sessions }) => ({
      namespace,
      user,
      cluster,
      sessions,
    }));
    expect(filters).toEqual(
      expect.arrayContaining([
        { namespace: "pay", cluster: "eu", user: undefined, sessions: 1 },
        { user: "ben", namespace: undefined, cluster: undefined, sessions: 1 },
        { cluster: "eu", namespace: undefined, user: undefined, sessions: 2 },
      ]),
    );
  });

  it("by a filter may be more than an operator's item can name", async () => {
    const under = operator();
    const ids = Array.from({ length: 120 }, (_, number) => `s-${String(number).padStart(3, "0")}`);
    await runs(under, [...ids, "other"]);
    await under.ends("other");
    expect((await under.starts("other-2", "ben", { ci: true })).status).toBe(201);
    expect((await killed("?user=ana")).json).toEqual({ count: 120 });
    for (const _ of [1, 2, 3]) {
      later();
      expect(await toStop(under, [...ids, "other-2"])).toEqual(ids);
    }
    const [kept] = ids;
    for (const id of ids.slice(1)) await under.ends(id);
    later();
    expect(await toStop(under, [String(kept), "other-2"])).toEqual([kept]);
    await under.ends(String(kept));
    later();
    expect(await toStop(under, ["other-2"])).toEqual([]);
    expect(await requestsOf()).toEqual([]);
    const item = await server().table.get(operatorKey("op-1"), { consistent: true });
    expect(JSON.stringify(item).length).toBeLessThan(1_024);
  });

  it("of nobody are none", async () => {
    expect((await killed("")).json).toEqual({ count: 0 });
    expect((await killed("?user=nobody")).json).toEqual({ count: 0 });
  });

  it("are not asked of an operator that is gone for good", async () => {
    await runs(operator("op-1"), ["s-1"]);
    later(49 * HOUR_MS);
    await server().invoke("reaper");
    expect((await killed("")).json).toEqual({ count: 0 });
    expect(await requestsOf()).toEqual([]);
    expectProblem(await kill("/s-1"), 404, "NotFound");
  });
});
