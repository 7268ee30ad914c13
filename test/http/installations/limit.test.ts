import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clusterAt, listed, release } from "./support.ts";

const TERMS = { edition: "community", max_operators: 2 };
const LOST_MS = 48 * HOUR_MS;
const server = serverPerTest({ terms: TERMS });

const three = () => ["a", "b", "c"].map((name) => clusterAt(server(), name)) as [Cluster, Cluster, Cluster];
type Cluster = ReturnType<typeof clusterAt>;
const leases = async (clusters: readonly Cluster[]): Promise<boolean[]> => {
  const found: boolean[] = [];
  for (const each of clusters) found.push(await each.isLeased());
  return found;
};
const later = (ms: number) => {
  server().clock.now += ms;
};
/** The installations that are heard of every hour, so that the others are lost. */
const hours = async (count: number, alive: readonly Cluster[]): Promise<void> => {
  for (let hour = 0; hour < count; hour += 1) {
    later(HOUR_MS);
    await leases(alive);
  }
};

describe("beyond the license's max_operators, an operator", () => {
  it("that registers gets 403 MaxOperatorsReached, without a license, and is not noted", async () => {
    const [a, b, c] = three();
    for (const each of [a, b]) expectSuccess("licensePost", await each.starts());
    const answer = expectProblem(await c.starts(), 403, "MaxOperatorsReached");
    expect(answer.json.detail).toContain("2 installations");
    expect(answer.text).not.toContain("CERTIFICATE");
    expect((await listed(server())).map(({ cluster }) => cluster)).toEqual(["a", "b"]);
  });

  it("gets 200 for its heartbeats, with what they report taken, but no lease and the reason", async () => {
    const [a, b] = three();
    expect(await leases([a, b])).toEqual([true, true]);
    const operator = operatorAt(server(), "c-1");
    const started = [operator.start("s-1")];
    const body = expectSuccess("heartbeat", await operator.beats(["s-1"], { cluster_name: "c", started }));
    expect(body).toMatchObject({ lease: null, lease_reason: "MaxOperatorsReached", accepted: ["s-1"], terminate: [] });
    const shown = (await listed(server())).find(({ cluster }) => cluster === "c");
    expect(shown).toMatchObject({ state: "active", lease: { state: "none", expires_at: null } });
    expect(shown).not.toHaveProperty("installation");
    later(MINUTE_MS);
    expect(expectSuccess("sessionEnd", await operator.ends("s-1")).duration_secs).toBe(60);
  });

  it("of a cluster whose agent reports is counted once, by the id of the cluster", async () => {
    await server().setLicense({ ...TERMS, max_operators: 1 });
    const agent = agentAt(server());
    expectSuccess("licensePost", await agent.registers());
    expect(expectSuccess("heartbeat", await agent.beats([])).lease).not.toBeNull();
    const operator = operatorAt(server());
    expectSuccess("licensePost", await operator.registers({ cluster_id: agent.instanceId.slice("cluster-".length) }));
    expectProblem(await operatorAt(server(), "op-2").registers({ cluster_name: "other" }), 403, "MaxOperatorsReached");
    expectProblem(
      await operatorAt(server(), "op-3").registers({ cluster_name: undefined }),
      403,
      "MaxOperatorsReached",
    );
  });

  it("is none if the maximum is 0", async () => {
    await server().setLicense({ ...TERMS, max_operators: 0 });
    expectProblem(await clusterAt(server(), "a").starts(), 403, "MaxOperatorsReached");
    expect(await clusterAt(server(), "b").isLeased()).toBe(false);
  });
});

describe("an installation with a slot", () => {
  it("keeps it over restarts, which have other instance ids, and over a change of the maximum", async () => {
    const [a, b, c] = three();
    await leases([a, b, c]);
    for (let restart = 2; restart < 5; restart += 1) {
      later(HOUR_MS);
      expectSuccess("licensePost", await clusterAt(server(), "a", `a-${restart}`).starts());
      expect(await clusterAt(server(), "a", `a-${restart}`).isLeased()).toBe(true);
    }
    const slots = (await storedUnder(server(), "INSTALLATIONS")).filter(({ sk }) => sk === "SLOT#a");
    expect(slots).toMatchObject([{ firstRegistered: "2026-11-10T12:00:00.000Z" }]);
    await server().setLicense({ ...TERMS, max_operators: 3 });
    later(2 * MINUTE_MS);
    expect(await leases([a, b, c])).toEqual([true, true, true]);
  });

  it("reads nothing for a heartbeat, and writes as much as any other", async () => {
    const a = clusterAt(server(), "a");
    await a.starts();
    await a.isLeased();
    later(MINUTE_MS);
    const before = server().consumed.length;
    await a.isLeased();
    const operations = server()
      .consumed.slice(before)
      .map(({ operation, units }) => `${operation} ${units}`);
    expect(operations.filter((each) => each.startsWith("Update"))).toEqual(["UpdateItem 1"]);
    expect(operations.filter((each) => /Transact|Batch|Put/.test(each))).toEqual([]);
  });

  it("loses it to another once it was not heard of for as long as lost operators are kept", async () => {
    const [a, b, c] = three();
    expect(await leases([a, b, c])).toEqual([true, true, false]);
    await hours(48, [b, c]);
    expect(await c.isLeased()).toBe(false);
    later(MINUTE_MS);
    expect(await c.isLeased()).toBe(true);
    expect(await a.isLeased()).toBe(false);
    expect(await leases([b, c])).toEqual([true, true]);
  });

  it("keeps it as long as nobody else needs it, however silent it is", async () => {
    const [a, b] = three();
    await leases([a, b]);
    later(2 * LOST_MS);
    expect(await leases([b, a])).toEqual([true, true]);
  });

  it("loses it if an admin releases it and another comes first, and gets it back if none does", async () => {
    const [a, b, c] = three();
    await leases([a, b, c]);
    expect((await release(server(), "a")).status).toBe(204);
    later(MINUTE_MS);
    expect(await leases([a, c])).toEqual([true, false]);
    expect((await release(server(), "a")).status).toBe(204);
    later(MINUTE_MS);
    expect(await leases([c, a, b])).toEqual([true, false, true]);
    const bearer = await server().accessToken(["audit:read"]);
    const { entries } = expectSuccess("auditList", await server().call("GET", "/api/v1/audit", { bearer }));
    expect(entries.filter(({ action }) => action === "operator.released")).toMatchObject([
      { actor: "the admin", details: { installation: "a" } },
      { actor: "the admin", details: { installation: "a" } },
    ]);
    expectProblem(await release(server(), "a"), 404, "NotFound");
  });

  it("keeps it by age if the maximum falls: the first ones stay", async () => {
    const all = ["a", "b", "c", "d"].map((name) => clusterAt(server(), name));
    await server().setLicense({ ...TERMS, max_operators: 4 });
    for (const each of all) {
      expect(await each.isLeased()).toBe(true);
      later(MINUTE_MS);
    }
    await server().setLicense({ ...TERMS, max_operators: 2 });
    later(2 * MINUTE_MS);
    expect(await leases(all.toReversed())).toEqual([false, false, true, true]);
    await server().setLicense({ ...TERMS, max_operators: 4 });
    later(2 * MINUTE_MS);
    expect(await leases(all)).toEqual([true, true, true, true]);
  });

  it("is one of the oldest, if the license that limits them comes while operators run", async () => {
    await server().setLicense({});
    const all = ["d", "c", "b", "a"].map((name) => clusterAt(server(), name));
    for (const each of all) {
      await each.starts();
      expect(await each.isLeased()).toBe(true);
      later(MINUTE_MS);
    }
    expect(await storedUnder(server(), "INSTALLATIONS")).toEqual([]);
    await server().setLicense(TERMS);
    later(2 * MINUTE_MS);
    expect(await leases(all.toReversed())).toEqual([false, false, true, true]);
  });
});

describe("a license that limits no installations", () => {
  it.each([
    ["is premium", { edition: "premium", max_operators: 1 }],
    ["is plain", { max_operators: 1 }],
    ["has no maximum", { edition: "community" }],
  ])("%s: nobody is refused, and nothing is written", async (_is, terms) => {
    await server().setLicense(terms);
    for (const each of three()) {
      expectSuccess("licensePost", await each.starts());
      expect(await each.isLeased()).toBe(true);
    }
    expect(await storedUnder(server(), "INSTALLATIONS")).toEqual([]);
    expect((await storedUnder(server(), "OPERATORS")).flatMap(({ slot }) => slot ?? [])).toEqual([]);
  });
});
