import { afterEach, describe, expect, it } from "vitest";
import {
  CATALOG_ID,
  type CatalogCluster,
  CLUSTER_POLICIES,
  CLUSTER_PROFILES,
  catalogCluster,
  clusterPolicy,
  clusterProfile,
  entryOf,
  policiesOf,
} from "../../../support/agent-world/catalog.ts";
import { refusal } from "../../../support/kube/api-server.ts";
import { CLUSTER_POLICY_RESOURCE, POLICY, readBy, without } from "../../../support/kube/schemas.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const open: CatalogCluster[] = [];
const cluster = async (): Promise<CatalogCluster> => {
  const world = await catalogCluster();
  open.push(world);
  return world;
};
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

const foreign = (name: string, spec: object = { block: [] }) => ({
  ...{ apiVersion: "policies.mirrord.metalbear.co/v1alpha", kind: "MirrordClusterPolicy", spec },
  metadata: { name, managedFields: [{ manager: "argocd", operation: "Update", time: "2026-11-01T00:00:00Z" }] },
});
const named = (name: string, generation: number) =>
  ({ kind: "MirrordClusterPolicy", name, namespace: null, generation }) as const;

describe("an agent that applies the catalog", () => {
  it("creates what is missing, profiles before policies, and marks it as its own", async () => {
    const { set, start, writes, kube } = await cluster();
    set(7, [clusterPolicy("protect", { profileAllowlist: ["dev"] }, 3), clusterProfile("dev")]);
    const agent = start();
    await agent.pass();
    expect(writes()).toEqual(["POST dev", "POST protect"]);
    const object = kube.get(CLUSTER_POLICIES, "protect");
    expect(object?.metadata).toMatchObject({
      labels: { "app.kubernetes.io/managed-by": "mirrord-license-server" },
      annotations: {
        "mirrord-license-server/catalog-id": CATALOG_ID,
        "mirrord-license-server/revision": "7",
        "mirrord-license-server/generation": "3",
        "mirrord-license-server/hash": clusterPolicy("protect", { profileAllowlist: ["dev"] }).hash,
      },
    });
    expect(object?.["spec"]).toMatchObject({ block: ["steal"], requireProfile: false });
    expect(agent.status()).toEqual({ catalog_id: CATALOG_ID, revision: 7, state: "applied", entries: [] });
  });

  it("writes nothing while nothing changes", async () => {
    const { set, start, writes, dryRuns } = await cluster();
    set(1, [clusterPolicy("protect"), clusterProfile("dev")]);
    await start().pass(10 * MINUTE);
    expect(writes()).toEqual(["POST dev", "POST protect"]);
    expect(dryRuns()).toBe(0);
  });

  it("replaces an object with its next generation, so that fields of others go", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    kube.edit(CLUSTER_POLICIES, "protect", "argocd", { spec: { targetPath: "deploy/*" } });
    set(2, [clusterPolicy("protect", { requireProfile: true }, 2)]);
    await agent.pass();
    const put = kube.calls.findLast(({ method }) => method === "PUT");
    expect(put?.query.get("fieldValidation")).toBe("Strict");
    expect(put?.body).toMatchObject({ metadata: { resourceVersion: expect.any(String) } });
    const spec = kube.get(CLUSTER_POLICIES, "protect")?.["spec"];
    expect(spec).toMatchObject({ block: ["steal"], requireProfile: true });
    expect(spec).not.toHaveProperty("targetPath");
    expect(agent.status()).toMatchObject({ revision: 2, entries: [] });
  });

  it("leaves an object of somebody else as it is, and names its manager", async () => {
    const { set, start, writes, kube } = await cluster();
    const theirs = kube.put(CLUSTER_POLICIES, foreign("protect"));
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass(5 * MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")).toEqual(theirs);
    expect(writes()).toEqual([]);
    expect(agent.states()).toEqual(["protect conflict -"]);
    expect(agent.status()?.entries[0]?.message).toContain("argocd");
  });

  it("takes over nothing that appears between its list and its create", async () => {
    const { set, start, kube } = await cluster();
    kube.put(CLUSTER_POLICIES, foreign("protect"));
    const show = kube.hide(CLUSTER_POLICIES, "protect");
    kube.setRule(({ method }) => {
      if (method === "POST") show();
      return undefined;
    });
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    expect(agent.states()).toEqual(["protect conflict -"]);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.["spec"]).toEqual({ block: [] });
  });

  it("touches no object of another catalog, also if that is to be removed", async () => {
    const { set, start, writes, catalog } = await cluster();
    set(9, [clusterPolicy("protect"), clusterPolicy("other")]);
    await start().pass();
    catalog.set = {
      ...{ catalog_id: "catalog-2", revision: 1, entries: [clusterPolicy("protect", {}, 5)] },
      remove: [named("other", 9)],
    };
    const agent = start();
    await agent.pass(5 * MINUTE);
    expect(writes()).toEqual(["POST protect", "POST other"]);
    expect(agent.status()).toMatchObject({ catalog_id: "catalog-2", revision: 1, state: "other_catalog" });
    expect(agent.states()).toEqual(["protect conflict -"]);
  });
});

describe("an object of the catalog", () => {
  it("is removed only if the set names it, and profiles after policies", async () => {
    const { set, start, writes } = await cluster();
    set(1, [clusterProfile("dev"), clusterPolicy("protect"), clusterPolicy("stays")]);
    const agent = start();
    await agent.pass();
    set(2, [], [{ kind: "MirrordClusterProfile", name: "dev", namespace: null, generation: 2 }, named("protect", 2)]);
    await agent.pass();
    expect(writes().slice(3)).toEqual(["DELETE protect", "DELETE dev"]);
    expect(agent.states()).toEqual(["stays orphaned 1"]);
  });

  it("stays if the set is empty, and if the server is away", async () => {
    const { set, start, kube, catalog } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    catalog.isAway = true;
    await agent.pass(5 * MINUTE);
    await start().pass(5 * MINUTE);
    catalog.isAway = false;
    set(2, []);
    await agent.pass(5 * MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeDefined();
    expect(agent.states()).toEqual(["protect orphaned 1"]);
  });

  it("stays if it is of a later generation than the one to remove", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterPolicy("protect", {}, 6)]);
    const agent = start();
    await agent.pass();
    set(2, [], [named("protect", 4)]);
    await agent.pass();
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeDefined();
    expect(agent.states()).toEqual(["protect orphaned 6"]);
  });

  it("stays if somebody changes it between the list and the removal, until the next look", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    set(2, [], [named("protect", 2)]);
    kube.setRule(({ method }) => {
      if (method !== "DELETE") return undefined;
      kube.setRule(undefined);
      kube.setMetadata(CLUSTER_POLICIES, "protect", { annotations: {}, labels: {} });
      return undefined;
    });
    await agent.pass(MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeDefined();
  });

  it("keeps its profile while the removal of the policy has not succeeded", async () => {
    const { set, start, kube, writes } = await cluster();
    set(1, [clusterProfile("dev"), clusterPolicy("protect", { profileAllowlist: ["dev"] })]);
    const agent = start();
    await agent.pass();
    set(2, [], [{ kind: "MirrordClusterProfile", name: "dev", namespace: null, generation: 2 }, named("protect", 2)]);
    kube.setRule(({ method, path }) =>
      method === "DELETE" && path.endsWith("protect") ? refusal(429, "TooManyRequests") : undefined,
    );
    await agent.pass();
    expect(kube.get(CLUSTER_PROFILES, "dev")).toBeDefined();
    kube.setRule(undefined);
    await agent.pass(MINUTE);
    expect(writes().slice(-2)).toEqual(["DELETE protect", "DELETE dev"]);
    expect(agent.states()).toEqual([]);
  });
});

describe("a table that was restored to an earlier state", () => {
  it("changes nothing in the cluster until it is accepted", async () => {
    const { set, start, writes, kube } = await cluster();
    set(8, [clusterPolicy("protect", { requireProfile: true }, 4)]);
    const agent = start();
    await agent.pass();
    set(5, [clusterPolicy("protect", {}, 2), clusterPolicy("back")], [named("gone", 3)]);
    await agent.pass(5 * MINUTE);
    const other = start();
    await other.pass(5 * MINUTE);
    expect(writes()).toEqual(["POST protect"]);
    for (const each of [agent, other])
      expect(each.status()).toMatchObject({ revision: 8, state: "catalog_went_back", entries: [] });
    set(9, [clusterPolicy("protect", {}, 2), clusterPolicy("back")]);
    await agent.pass();
    expect(writes().slice(1)).toEqual(["PUT protect", "POST back"]);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.["spec"]).toMatchObject({ requireProfile: false });
    expect(agent.status()).toMatchObject({ revision: 9, state: "applied", entries: [] });
  });

  it("is noticed by a new process, also if the later revision removed every object", async () => {
    const { set, start, writes } = await cluster();
    set(3, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    set(4, [], [named("protect", 2)]);
    await agent.pass();
    set(3, [clusterPolicy("protect")]);
    const other = start();
    await other.pass(5 * MINUTE);
    expect(other.status()).toMatchObject({ revision: 4, state: "catalog_went_back" });
    expect(writes()).toEqual(["POST protect", "DELETE protect"]);
  });

  it("is also what an agent has that another one overtook: the older one changes nothing", async () => {
    const { set, start, writes, catalog } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const older = start();
    await older.pass();
    set(2, [clusterPolicy("protect", { requireProfile: true }, 2)]);
    await start().pass();
    catalog.isAway = true;
    await older.pass(5 * MINUTE);
    expect(writes()).toEqual(["POST protect", "PUT protect"]);
  });
});

describe("a cluster with another version of the custom resources", () => {
  const older = without(POLICY, "requireProfile");

  it("keeps the last generation that it could take, with every field", async () => {
    const { set, start, kube, clock } = await cluster();
    kube.setSchema(CLUSTER_POLICY_RESOURCE, older);
    set(1, [clusterPolicy("protect", {}, 3)]);
    const agent = start();
    await agent.pass();
    const before = kube.get(CLUSTER_POLICIES, "protect");
    set(2, [clusterPolicy("protect", { requireProfile: true }, 4)]);
    await agent.pass(20 * MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")).toEqual(before);
    expect(agent.states()).toEqual(["protect unsupported 3"]);
    expect(agent.status()?.entries[0]?.message).toContain('unknown field "spec.requireProfile"');
    expect(agent.status()?.entries[0]?.since).toBe(new Date(clock.now - 20 * MINUTE).toISOString());
    // It is tried now and then, and not at every look.
    expect(kube.calls.filter(({ method }) => method === "PUT").length).toBe(5);
    // What is in force is put right while the cluster refuses the later one.
    kube.edit(CLUSTER_POLICIES, "protect", "kubectl-edit", { spec: { block: [] } });
    await agent.pass(MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.["spec"]).toEqual(before?.["spec"]);
    expect(agent.states()).toEqual(["protect unsupported 3"]);
    kube.setSchema(CLUSTER_POLICY_RESOURCE, POLICY);
    await agent.pass(10 * MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.["spec"]).toMatchObject({ requireProfile: true });
    expect(agent.states()).toEqual([]);
  });

  it("gets nothing of an entry that it could never take, and the agent reports an error", async () => {
    const { set, start, kube } = await cluster();
    kube.setSchema(CLUSTER_POLICY_RESOURCE, older);
    set(1, [clusterPolicy("protect", { requireProfile: true })]);
    const agent = start();
    await agent.pass();
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeUndefined();
    expect(agent.states()).toEqual(["protect unsupported -"]);
    expect(agent.lines.filter(({ level }) => level === "ERROR").map(({ message }) => message)).toEqual([
      expect.stringContaining("MirrordClusterPolicy protect is not supported by this cluster: 400 BadRequest"),
    ]);
  });

  it("that lacks a kind is not asked for it again and again, and gets it once it has it", async () => {
    const { set, start, kube, writes } = await cluster();
    kube.uninstall(CLUSTER_POLICY_RESOURCE);
    set(1, [clusterPolicy("protect"), clusterProfile("dev")]);
    const agent = start();
    await agent.pass(10 * MINUTE);
    expect(writes()).toEqual(["POST dev"]);
    expect(agent.states()).toEqual(["protect unsupported -"]);
    kube.install(CLUSTER_POLICY_RESOURCE);
    await agent.pass(MINUTE);
    expect(writes()).toEqual(["POST dev", "POST protect"]);
    expect(agent.states()).toEqual([]);
  });
});

describe("an entry that the cluster cannot take at present", () => {
  const shop = entryOf("MirrordPolicy", "protect", { block: ["steal"] }, { namespace: "shop" });

  it("waits for its namespace", async () => {
    const { set, start, kube } = await cluster();
    set(1, [shop]);
    const agent = start();
    await agent.pass();
    expect(agent.states()).toEqual(["protect pending -"]);
    expect(agent.status()?.entries[0]).toMatchObject({ namespace: "shop", message: expect.stringContaining("shop") });
    kube.put("/api/v1/namespaces", { metadata: { name: "shop" } });
    await agent.pass(2 * MINUTE);
    expect(kube.get(policiesOf("shop"), "protect")).toBeDefined();
    expect(agent.states()).toEqual([]);
  });

  it("waits while its namespace or its object is being deleted", async () => {
    const { set, start, kube } = await cluster();
    const causes = [{ reason: "NamespaceTerminating" }];
    kube.put("/api/v1/namespaces", { metadata: { name: "shop" } });
    kube.setRule(({ method }) =>
      method === "POST" ? refusal(403, "Forbidden", "is terminating", { causes }) : undefined,
    );
    set(1, [shop, clusterPolicy("held")]);
    const agent = start();
    await agent.pass();
    expect(agent.states().toSorted()).toEqual(["held pending -", "protect pending -"]);
    kube.setRule(undefined);
    await agent.pass(2 * MINUTE);
    kube.setMetadata(CLUSTER_POLICIES, "held", {
      deletionTimestamp: "2026-11-02T09:00:00Z",
      finalizers: ["others/hold"],
    });
    await agent.pass(MINUTE);
    expect(agent.states()).toEqual(["held pending 1"]);
    kube.remove(CLUSTER_POLICIES, "held");
    await agent.pass(MINUTE);
    expect(agent.states()).toEqual([]);
  });

  it("is forbidden if the agent lacks a right, which its message names", async () => {
    const { set, start, kube } = await cluster();
    kube.setRule(({ method }) => (method === "POST" ? refusal(403, "Forbidden", "cannot create") : undefined));
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    expect(agent.states()).toEqual(["protect forbidden -"]);
    expect(agent.status()?.entries[0]?.message).toContain("Grant create on mirrordclusterpolicies.policies.mirrord");
    const denied = 'admission webhook "policy.example.com" denied the request: no';
    kube.setRule(({ method }) => (method === "POST" ? refusal(403, "Forbidden", denied) : undefined));
    await agent.pass(10 * MINUTE);
    expect(agent.status()?.entries[0]?.message).toBe(`403 Forbidden ${denied}`);
    kube.setRule(({ path }) => (path === CLUSTER_POLICIES ? refusal(403, "Forbidden", "cannot list") : undefined));
    await agent.pass(10 * MINUTE);
    expect(agent.status()?.entries[0]?.message).toContain("Grant list on mirrordclusterpolicies.policies.mirrord");
  });

  it("of a policy waits while the cluster refuses a profile that it names", async () => {
    const { set, start, kube, writes } = await cluster();
    const policy = clusterPolicy("protect", { requireProfile: true, profileAllowlist: ["dev", "unknown"] });
    set(1, [policy, clusterProfile("dev", "not-a-change")]);
    const agent = start();
    await agent.pass(10 * MINUTE);
    expect(agent.states()).toEqual(["dev unsupported -", "protect waiting -"]);
    expect(agent.status()?.entries[1]?.message).toContain("dev");
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeUndefined();
    set(2, [policy, clusterProfile("dev", "dns-off", 2)]);
    await agent.pass();
    expect(writes().slice(-2)).toEqual(["POST dev", "POST protect"]);
    expect(agent.states()).toEqual([]);
  });

  it("of a policy does not wait while an earlier generation of the profile is in force", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterProfile("dev")]);
    const agent = start();
    await agent.pass();
    set(2, [clusterPolicy("protect", { profileAllowlist: ["dev"] }), clusterProfile("dev", "not-a-change", 2)]);
    await agent.pass();
    expect(agent.states()).toEqual(["dev unsupported 1"]);
    expect(kube.get(CLUSTER_POLICIES, "protect")).toBeDefined();
  });
});

describe("an API server in trouble", () => {
  it("that throttles is left alone for as long as it asks", async () => {
    const { set, start, kube, writes, clock } = await cluster();
    kube.setRule(({ method }) =>
      method === "POST" ? { ...refusal(429, "TooManyRequests"), headers: { "retry-after": "40" } } : undefined,
    );
    set(1, [clusterPolicy("first"), clusterPolicy("second")]);
    const agent = start();
    await agent.pass();
    expect(agent.states()).toEqual(["first pending -", "second pending -"]);
    expect(writes()).toEqual(["POST first"]);
    const signal = new AbortController().signal;
    expect(await agent.keeper.step(signal)).toBe(40 * SECOND);
    clock.now += 40 * SECOND;
    kube.setRule(undefined);
    await agent.pass();
    expect(agent.states()).toEqual([]);
  });

  it("that does not answer says nothing of the entries", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    kube.setRule(() => ({ status: 0 }));
    await agent.pass(5 * MINUTE);
    expect(agent.status()).toMatchObject({ state: "applied", entries: [] });
  });

  it("whose answer to a write is lost has each object once, as it must be", async () => {
    const { set, start, kube, writes } = await cluster();
    set(1, [clusterPolicy("first"), clusterPolicy("second")]);
    kube.setRule((call) => {
      if (call.method !== "POST") return undefined;
      kube.setRule(undefined);
      const body = call.body as Record<string, unknown>;
      kube.put(CLUSTER_POLICIES, { ...body, spec: readBy(POLICY, body["spec"]).value });
      return { status: 503, body: "upstream connect error" };
    });
    const agent = start();
    await agent.pass(MINUTE);
    expect(writes()).toEqual(["POST first", "POST second"]);
    expect(agent.states()).toEqual([]);
  });

  it("that changes an object meanwhile does not lose that change unseen", async () => {
    const { set, start, kube } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    set(2, [clusterPolicy("protect", { requireProfile: true }, 2)]);
    kube.setRule(({ method }) => {
      if (method !== "PUT") return undefined;
      kube.setRule(undefined);
      kube.setMetadata(CLUSTER_POLICIES, "protect", { annotations: {} });
      return undefined;
    });
    await agent.pass(MINUTE);
    // Somebody made it their own.
    expect(agent.states()).toEqual(["protect conflict -"]);
  });
});

it("an agent that stops between two writes leaves the rest to the next one", async () => {
  const { set, start, kube, writes } = await cluster();
  set(1, [clusterPolicy("first"), clusterPolicy("second"), clusterPolicy("third")]);
  const agent = start();
  kube.setRule(({ method, body }) => {
    const isSecond = (body as { metadata?: { name: string } } | undefined)?.metadata?.name === "second";
    if (method === "POST" && isSecond) agent.stopping.abort();
    return undefined;
  });
  await agent.pass();
  expect(writes()).toEqual(["POST first", "POST second"]);
  kube.setRule(undefined);
  const next = start();
  await next.pass();
  expect(next.states()).toEqual([]);
  expect(kube.get(CLUSTER_POLICIES, "third")).toBeDefined();
});
