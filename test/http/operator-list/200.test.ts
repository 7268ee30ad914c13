import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();
const list = async (query = "") =>
  expectSuccess("operatorList", await server().call("GET", `/api/v1/operators${query}`));

describe("the list of operators", () => {
  it("is empty where none was ever heard of", async () => {
    expect(await list()).toEqual({ operators: [], next: null });
  });

  it("tells cluster, version, lease and live sessions of each", async () => {
    const under = operatorAt(server());
    await under.registers({ cluster_name: "staging-eu" });
    await under.starts("s-1", "ana");
    server().clock.now += MINUTE_MS;
    await under.beats(["s-1"], { cluster_name: "staging-eu" });
    expect((await list()).operators).toEqual([
      {
        instance_id: "op-1",
        kind: "operator",
        cluster: "staging-eu",
        cluster_id: null,
        version: "3.130.0",
        state: "active",
        first_seen: formatTime(START),
        last_heartbeat: formatTime(START + MINUTE_MS),
        last_listed: formatTime(START + MINUTE_MS),
        lease: { state: "active", expires_at: formatTime(START + MINUTE_MS + 24 * HOUR_MS) },
        live_sessions: 1,
        agent: null,
      },
    ]);
  });

  it("goes on telling the cluster of one that names it no more: to name it is optional in every request", async () => {
    const under = operatorAt(server());
    await under.registers({ cluster_name: "staging-eu" });
    const clusters = async () => (await list()).operators.map(({ cluster }) => cluster);
    for (const request of [() => under.beats([]), () => under.registers()]) {
      server().clock.now += MINUTE_MS;
      expect((await request()).status).toBe(200);
      expect(await clusters()).toEqual(["staging-eu"]);
    }
    await under.beats([], { cluster_name: "staging-us" });
    expect(await clusters()).toEqual(["staging-us"]);
  });

  it("shows one as stale after three missed heartbeats, its lease as expired once it is, and then as gone", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana");
    await under.beats(["s-1"]);
    const states = async () => (await list()).operators.map(({ state, lease }) => [state, lease.state]);
    server().clock.now += 3 * MINUTE_MS;
    expect(await states()).toEqual([["active", "active"]]);
    server().clock.now += 1;
    expect(await states()).toEqual([["stale", "active"]]);
    server().clock.now += 25 * HOUR_MS;
    expect(await states()).toEqual([["stale", "expired"]]);
    server().clock.now += 48 * HOUR_MS;
    await server().invoke("reaper");
    expect(await states()).toEqual([["gone", "expired"]]);
    expect((await list()).operators[0]?.live_sessions).toBe(0);
    await under.beats([]);
    expect(await states()).toEqual([["active", "active"]]);
  });

  it("has no lease where none was given", async () => {
    await server().setLicense({}, { notBefore: START - 2 * HOUR_MS, notAfter: START - HOUR_MS });
    await operatorAt(server()).beats([]);
    expect((await list()).operators[0]?.lease).toEqual({ state: "none", expires_at: null });
  });

  it("comes in pages that hold each operator once, by their ids", async () => {
    const ids = Array.from({ length: 7 }, (_, number) => `op-${number}`);
    for (const id of ids) await operatorAt(server(), id).beats([]);
    const seen: string[] = [];
    let query = "?limit=3";
    for (let pages = 0; pages < 5; pages += 1) {
      const page = await list(query);
      expect(page.operators.length).toBeLessThanOrEqual(3);
      seen.push(...page.operators.map(({ instance_id }) => instance_id));
      if (page.next === null) break;
      query = `?limit=3&cursor=${page.next}`;
    }
    expect(seen).toEqual(ids);
  });
});

describe("the list of operators asked for badly", () => {
  it.each(["?limit=0", "?limit=1001", "?cursor=nonsense", "?state=stale", "?cursor=e30"])(
    "is a 400: %s",
    async (query) => {
      expect((await server().call("GET", `/api/v1/operators${query}`)).status).toBe(400);
    },
  );

  it("is a 400 for a cursor of more bytes than a key can have, though of fewer characters", async () => {
    const cursor = Buffer.from(JSON.stringify({ after: "€".repeat(342) })).toString("base64url");
    expect((await server().call("GET", `/api/v1/operators?cursor=${cursor}`)).status).toBe(400);
  });
});
