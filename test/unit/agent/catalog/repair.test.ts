import { afterEach, describe, expect, it } from "vitest";
import {
  type CatalogCluster,
  CLUSTER_POLICIES,
  CLUSTER_PROFILES,
  catalogCluster,
  clusterPolicy,
  clusterProfile,
} from "../../../support/agent-world/catalog.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const open: CatalogCluster[] = [];
/** A cluster with one policy, which an agent has applied. */
const protectedCluster = async () => {
  const world = await catalogCluster();
  open.push(world);
  world.set(1, [clusterPolicy("protect", { targetPath: "deploy/*" })]);
  const agent = world.start();
  await agent.pass();
  const spec = () => world.kube.get(CLUSTER_POLICIES, "protect")?.["spec"] as Record<string, unknown> | undefined;
  const edit = (manager: string, patch: object = { block: [] }) =>
    world.kube.edit(CLUSTER_POLICIES, "protect", manager, { spec: patch });
  return { ...world, agent, spec, edit };
};
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

describe("a change by others", () => {
  it.each([
    ["of a field", { block: [] }],
    ["that adds a field", { requireProfile: true }],
    ["that removes a field", { targetPath: null }],
  ])("%s is put right within a minute", async (_what, patch) => {
    const { agent, spec, edit, writes } = await protectedCluster();
    const before = spec();
    edit("kubectl-edit", patch);
    await agent.pass(MINUTE);
    expect(spec()).toEqual(before);
    expect(writes()).toEqual(["POST protect", "PUT protect"]);
    expect(agent.states()).toEqual([]);
  });

  it("that deletes the object, or its label, is put right within a minute", async () => {
    const { agent, kube, spec } = await protectedCluster();
    const before = spec();
    kube.remove(CLUSTER_POLICIES, "protect");
    await agent.pass(MINUTE);
    expect(spec()).toEqual(before);
    kube.setMetadata(CLUSTER_POLICIES, "protect", { labels: {} });
    await agent.pass(MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.metadata["labels"]).toEqual({
      "app.kubernetes.io/managed-by": "mirrord-license-server",
    });
  });

  it("is also put right while the server is away", async () => {
    const { agent, spec, edit, catalog } = await protectedCluster();
    const before = spec();
    catalog.isAway = true;
    edit("kubectl-edit");
    await agent.pass(MINUTE);
    expect(spec()).toEqual(before);
  });

  it("while the agent was away is found with a dry run, and put right", async () => {
    const { start, kube, spec, edit, dryRuns } = await protectedCluster();
    const before = spec();
    edit("kubectl-edit");
    const next = start();
    await next.pass(MINUTE);
    expect(spec()).toEqual(before);
    expect(dryRuns()).toBe(1);
    // What nobody changed is only looked at.
    const calls = kube.calls.length;
    await start().pass(MINUTE);
    expect(
      kube.calls
        .slice(calls)
        .filter(({ method }) => method !== "GET")
        .map(({ query }) => query.get("dryRun")),
    ).toEqual(["All"]);
  });

  it("leaves the finalizers of others on the object", async () => {
    const { agent, kube, edit } = await protectedCluster();
    kube.setMetadata(CLUSTER_POLICIES, "protect", { finalizers: ["backup/hold"] });
    edit("kubectl-edit");
    await agent.pass(MINUTE);
    expect(kube.get(CLUSTER_POLICIES, "protect")?.metadata["finalizers"]).toEqual(["backup/hold"]);
  });
});

describe("a fight with another manager", () => {
  /** Somebody changes the object again as soon as the agent has put it right, for so many looks. */
  const fight = async (world: Awaited<ReturnType<typeof protectedCluster>>, looks: number): Promise<void> => {
    for (let look = 0; look < looks; look += 1) {
      world.edit("argocd", { block: [] });
      await world.agent.pass(20 * SECOND);
    }
  };

  it("is contested after three repairs in ten minutes, names the other manager, and is repaired once an hour", async () => {
    const world = await protectedCluster();
    const { agent, writes } = world;
    await fight(world, 2);
    expect(agent.states()).toEqual([]);
    await fight(world, 6);
    const puts = () => writes().filter((write) => write === "PUT protect").length;
    expect(puts()).toBe(3);
    expect(agent.states()).toEqual(["protect contested -"]);
    expect(agent.status()?.entries[0]?.message).toContain("argocd");
    for (let minutes = 0; minutes < 180; minutes += 10) {
      world.clock.now += 10 * MINUTE;
      await fight(world, 1);
    }
    expect(puts()).toBe(6);
  });

  it("is over when nobody changes the object for an hour", async () => {
    const world = await protectedCluster();
    const { agent, spec } = world;
    await fight(world, 4);
    expect(agent.states()).toEqual(["protect contested -"]);
    await agent.pass(HOUR);
    expect(agent.states()).toEqual(["protect contested 1"]);
    expect(spec()).toMatchObject({ block: ["steal"] });
    await agent.pass(HOUR + MINUTE);
    expect(agent.states()).toEqual([]);
    // Old repairs do not count.
    await fight(world, 1);
    expect(agent.states()).toEqual([]);
  });

  it("does not keep a new generation of the entry out", async () => {
    const world = await protectedCluster();
    await fight(world, 4);
    world.set(2, [clusterPolicy("protect", { requireProfile: true }, 2)]);
    await world.agent.pass();
    expect(world.spec()).toMatchObject({ block: ["steal"], requireProfile: true });
  });

  it("is none if three changes are further apart", async () => {
    const world = await protectedCluster();
    for (let change = 0; change < 4; change += 1) {
      world.edit("kubectl-edit");
      await world.agent.pass(5 * MINUTE);
    }
    expect(world.agent.states()).toEqual([]);
  });

  it("over one entry does not hold up the others", async () => {
    const world = await protectedCluster();
    world.set(2, [clusterPolicy("protect", { targetPath: "deploy/*" }), clusterProfile("dev")]);
    await fight(world, 4);
    world.kube.edit(CLUSTER_PROFILES, "dev", "kubectl-edit", { spec: { featureAdjustments: [] } });
    await world.agent.pass(20 * SECOND);
    expect(world.kube.get(CLUSTER_PROFILES, "dev")?.["spec"]).toEqual({ featureAdjustments: [{ change: "dns-off" }] });
  });
});
