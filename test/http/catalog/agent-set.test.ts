import { describe, expect, it } from "vitest";
import { catalogRevisionKey } from "../../../shared/contract/keys.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { BLOCK_STEAL, catalogAdmin, clusterAgent, NO_INCOMING, namesIn } from "../../support/catalog-admin.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace, storedUnder } from "../../support/stored.ts";
import { agentToken, leaseToken } from "../../support/tokens.ts";
import type { Json } from "../../support/wire.ts";

const server = serverPerTest();
const admin = catalogAdmin(server);
const agent = clusterAgent(server, "1f2e");
const other = clusterAgent(server, "9a8b");
const setOf = async (of = agent) => {
  const answer = await of.fetch();
  expect(answer.status, answer.text).toBe(200);
  return namesIn(answer.json);
};

const policyFor = (clusters: string[], spec: Json = BLOCK_STEAL) => ({ spec, clusters });

describe("an agent's set", () => {
  it("has the entries of its own cluster, profiles first, and a 304 while it stays the same", async () => {
    await admin.store("MirrordClusterPolicy", "all", { spec: BLOCK_STEAL });
    await admin.store("MirrordClusterPolicy", "prod", policyFor(["prod-*"]));
    await admin.store("MirrordPolicy", "by-id", policyFor(["id:1f2e"]), "shop");
    await admin.store("MirrordClusterProfile", "quiet", { spec: NO_INCOMING, clusters: ["dev-*"] });
    await agent.register("dev-eu");
    const first = await agent.fetch();
    expect(first.json).toMatchObject({ catalog_id: expect.stringMatching(/./), revision: 4, remove: [] });
    expect(namesIn(first.json).entries).toEqual(["quiet 1", "all 1", "by-id 1"]);
    expect(first.json.entries[2]).toMatchObject({ kind: "MirrordPolicy", namespace: "shop", spec: BLOCK_STEAL });
    const again = await leavingNoTrace(server(), () => agent.fetch(first.headers["etag"]));
    expect({ status: again.status, text: again.text, etag: again.headers["etag"] }).toEqual({
      status: 304,
      text: "",
      etag: first.headers["etag"],
    });
    await other.register();
    expect((await setOf(other)).entries).toEqual(["all 1"]);
    await admin.put();
    expect((await agent.fetch(first.headers["etag"])).status).toBe(200);
  });

  it("comes by the lease token of the agent, too, and to nobody who is no agent", async () => {
    await agent.register("dev-eu");
    const bearer = await leaseToken(server(), agent.instanceId);
    expect((await server().call("GET", "/api/v1/catalog", { bearer })).status).toBe(200);
    const stranger = await leaseToken(server(), "op-1");
    expectProblem(await server().call("GET", "/api/v1/catalog", { bearer: stranger }), 403, "Forbidden");
    expectProblem(
      await server().call("GET", "/api/v1/catalog", { bearer: await agentToken(server(), "cluster-unheard-of") }),
      404,
      "NotFound",
    );
    expectProblem(await server().call("GET", "/api/v1/catalog/status", { bearer }), 403, "Forbidden");
    expectProblem(await server().call("GET", "/api/v1/catalog?limit=1", { bearer }), 400, "BadRequest", [
      "query.limit",
    ]);
  });

  it("of a catalog that was never changed is empty and has the id that the catalog keeps", async () => {
    await agent.register("dev-eu");
    const { catalog_id, revision, entries, remove } = (await agent.fetch()).json;
    expect({ revision, entries, remove }).toEqual({ revision: 0, entries: [], remove: [] });
    await admin.put();
    expect((await agent.fetch()).json).toMatchObject({ catalog_id, revision: 1 });
  });

  it("removes what was deleted, and what a change excluded from the cluster, policies first", async () => {
    await admin.store("MirrordClusterProfile", "quiet", { spec: NO_INCOMING });
    await admin.store("MirrordClusterPolicy", "kept", { spec: BLOCK_STEAL });
    await admin.store("MirrordClusterPolicy", "narrowed", { spec: BLOCK_STEAL });
    await agent.register("dev-eu");
    expect((await setOf()).remove).toEqual([]);
    await admin.discard("MirrordClusterProfile", "quiet");
    await admin.store("MirrordClusterPolicy", "narrowed", policyFor(["prod-*"]));
    expect(await setOf()).toEqual({ entries: ["kept 1"], remove: ["narrowed 2", "quiet 2"] });
    await admin.store("MirrordClusterPolicy", "narrowed", policyFor(["dev-*"]));
    expect(await setOf()).toEqual({ entries: ["kept 1", "narrowed 3"], remove: ["quiet 2"] });
  });

  it("of a cluster with a new name removes nothing for that, until the entry is changed", async () => {
    await admin.store("MirrordClusterPolicy", "dev", policyFor(["dev-*"]));
    await agent.register("dev-eu");
    expect((await setOf()).entries).toEqual(["dev 1"]);
    // While the agent is away, the entry changes and still matches the name that is known.
    await admin.store("MirrordClusterPolicy", "dev", policyFor(["dev-*"], { block: [] }));
    await agent.register("stage-eu");
    expect(await setOf()).toEqual({ entries: [], remove: [] });
    await agent.register("dev-eu");
    expect(await setOf()).toEqual({ entries: ["dev 2"], remove: [] });
    await agent.register("stage-us");
    expect(await setOf()).toEqual({ entries: [], remove: [] });
    await admin.store("MirrordClusterPolicy", "dev", policyFor(["dev-*"]));
    expect(await setOf()).toEqual({ entries: [], remove: ["dev 3"] });
  });

  it("of a cluster that was never seen removes only what was deleted", async () => {
    await admin.store("MirrordClusterPolicy", "prod", policyFor(["prod-*"]));
    await admin.store("MirrordClusterPolicy", "prod", policyFor(["prod-1"]));
    await admin.put();
    await admin.discard("MirrordClusterPolicy", "no-steal");
    await agent.register("dev-eu");
    expect(await setOf()).toEqual({ entries: [], remove: ["no-steal 2"] });
  });
});

describe("prune", () => {
  const prune = (clusterId: string) => admin.call("POST", "/prune", { body: { cluster_id: clusterId } });

  it("removes what is orphaned in that cluster alone, until it has another name", async () => {
    await admin.store("MirrordClusterPolicy", "dev", policyFor(["dev-*"]));
    for (const each of [agent, other]) {
      await each.register("dev-eu");
      await setOf(each);
      await each.register("stage-eu");
      await setOf(each);
    }
    const pruned = expectSuccess("catalogPrune", await prune("1f2e"));
    expect(pruned).toMatchObject({ revision: 2, removed: [{ name: "dev" }] });
    expect(await setOf()).toEqual({ entries: [], remove: ["dev 1"] });
    expect((await setOf(other)).remove).toEqual([]);
    const [row] = (await storedUnder(server(), "AUDIT#")).filter(({ action }) => action === "policy.pruned");
    expect(row).toMatchObject({ actor: "ana@example.com", clusterId: "1f2e", revision: 2, removed: 1 });
    const again = await leavingNoTrace(server(), () => prune("1f2e"));
    expect(again.json).toMatchObject({ revision: 2, removed: [] });
    // A name that matches, and a third one: the admin's request was for the second.
    await agent.register("dev-eu");
    expect(await setOf()).toEqual({ entries: ["dev 1"], remove: [] });
    await agent.register("stage-us");
    expect(await setOf()).toEqual({ entries: [], remove: [] });
  });

  it("removes what the agent reports as orphaned and the catalog does not know, as after a restored table", async () => {
    await agent.register("dev-eu");
    const { catalog_id } = (await agent.fetch()).json;
    const since = new Date(server().clock.now).toISOString();
    const orphan = {
      kind: "MirrordPolicy",
      name: "lost",
      namespace: "shop",
      state: "orphaned",
      generation_in_force: 4,
      since,
    };
    const status = { catalog_id, revision: 9, state: "applied", entries: [orphan] };
    expect((await agent.beat("dev-eu", { catalog_status: status })).status).toBe(200);
    expect((await prune("1f2e")).json.removed).toEqual([{ kind: "MirrordPolicy", name: "lost", namespace: "shop" }]);
    expect((await setOf()).remove).toEqual(["lost 4"]);
    await admin.store("MirrordPolicy", "lost", { spec: BLOCK_STEAL }, "shop");
    expect(await setOf()).toEqual({ entries: ["lost 1"], remove: [] });
  });

  it("of a cluster that nobody knows is a 404", async () => {
    expectProblem(await leavingNoTrace(server(), () => prune("nobody")), 404, "NotFound");
  });
});

describe("a restored table", () => {
  it("continues above the revision that agents report, once an admin accepts it", async () => {
    await admin.put();
    await agent.register("dev-eu");
    const { catalog_id } = (await agent.fetch()).json;
    const accept = (revision: number) => admin.call("POST", "/accept", { body: { revision } });
    expectProblem(await accept(57), 409, "Conflict");
    const status = { catalog_id, revision: 57, state: "catalog_went_back", entries: [] };
    expect((await agent.beat("dev-eu", { catalog_status: status })).json.catalog_revision).toBe(1);
    expectProblem(await accept(58), 409, "Conflict");
    expect(expectSuccess("catalogAccept", await accept(57))).toEqual({ revision: 58 });
    expect((await leavingNoTrace(server(), () => accept(57))).json).toEqual({ revision: 58 });
    expect((await agent.fetch()).json).toMatchObject({ catalog_id, revision: 58, entries: [{ generation: 1 }] });
    expect((await admin.put({ spec: { block: [] } }, "*")).json.revision).toBe(59);
  });

  it("is not continued for a cluster that has another catalog", async () => {
    await admin.put();
    await agent.register("dev-eu");
    await agent.beat("dev-eu", {
      catalog_status: { catalog_id: "another", revision: 57, state: "other_catalog", entries: [] },
    });
    expectProblem(await admin.call("POST", "/accept", { body: { revision: 57 } }), 409, "Conflict");
  });
});

describe("a table of an earlier release", () => {
  it("has no item of the catalog, and nothing changes in it until an admin or an agent asks", async () => {
    await agent.register("dev-eu", { applies_catalog: false });
    const beat = await agent.beat("dev-eu", {}, { applies_catalog: false });
    expect(beat.json).not.toHaveProperty("catalog_revision");
    expect(await storedUnder(server(), "CATALOG")).toEqual([]);
    expect((await agent.beat("dev-eu")).json.catalog_revision).toBe(0);
    expect(await server().table.get(catalogRevisionKey, { consistent: true })).toBeUndefined();
  });
});
