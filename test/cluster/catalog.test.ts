import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCatalogKeeper } from "../../agent/catalog/keeper.ts";
import type { CatalogSet } from "../../agent/catalog/types.ts";
import { CATALOG_WAITS } from "../../agent/catalog/waits.ts";
import { createMetrics } from "../../agent/health/metrics.ts";
import { readAuthority } from "../../agent/kube/authority.ts";
import { createKube, type Kube } from "../../agent/kube/kube.ts";
import { createLog } from "../../agent/log.ts";
import { createTroubles } from "../../agent/troubles.ts";
import { systemClock } from "../../agent/wire/clock.ts";
import { manifestOf } from "../../tools/agent/manifest.ts";
import { AGENT_NAME, valuesOf } from "../../tools/agent/values.ts";
import { APPLY, MERGE_PATCH } from "../../tools/cluster/api-client.ts";
import { type ControlPlane, startControlPlane } from "../../tools/cluster/control-plane.ts";
import { type Definition, installDefinition, readDefinitions } from "../../tools/cluster/definitions.ts";
import { LEAST } from "../../tools/verify/chart/value-sets.ts";
import { applyAll } from "../../tools/verify/cluster/apply.ts";
import {
  CLUSTER_POLICIES,
  clusterPolicy,
  clusterProfile,
  entryOf,
  policiesOf,
} from "../support/agent-world/catalog.ts";
import { programsFolder } from "./support.ts";

/** What the small API server of the other tests assumes of a real one, with the rights of the chart. */

const folder = mkdtempSync(join(tmpdir(), "cluster-catalog-"));
const MINUTE = 60_000;
let cluster: ControlPlane;
let kube: Kube;
let catalogs = 0;

const definitionOf = (plural: string): Definition => {
  const definition = readDefinitions().find(({ spec }) => spec.names.plural === plural);
  if (definition === undefined) throw new Error(`no definition of ${plural}`);
  return structuredClone(definition);
};

/** The definition of policies for the whole cluster as an older operator has it. */
const older = (): Definition => {
  const definition = definitionOf("mirrordclusterpolicies");
  const [version] = definition.spec.versions as unknown as [
    { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } } },
  ];
  delete version.schema.openAPIV3Schema.properties.spec.properties["requireProfile"];
  return definition;
};

beforeAll(async () => {
  cluster = await startControlPlane({ name: "catalog", programs: programsFolder(), folder });
  const { admin } = cluster;
  for (const name of ["mirrord", "agents", "shop"])
    await admin.expect("POST", "/api/v1/namespaces", { metadata: { name } });
  const read = valuesOf(LEAST, { applyCatalog: true });
  if (!read.ok) throw new Error(read.faults.join(" "));
  await applyAll(admin, manifestOf(read.values, "agents"));
  const issued = (await admin.expect("POST", `/api/v1/namespaces/agents/serviceaccounts/${AGENT_NAME}/token`, {
    spec: {},
  })) as { status: { token: string } };
  const kubeconfig = await cluster.writeKubeconfig("agent", issued.status.token);
  const reading = await readAuthority({ KUBECONFIG: kubeconfig }, Date.now);
  if (reading.kind === "faulty") throw new Error(reading.faults.join(" "));
  kube = createKube({ authority: reading.authority, timeoutMs: 10_000 });
});

beforeEach(async () => {
  for (const { spec } of readDefinitions().filter(({ spec }) => /^(policies|profiles)\./.test(spec.group)))
    await installDefinition(cluster.admin, definitionOf(spec.names.plural));
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An agent's catalog. Its clock is moved by `pass`; each test has a catalog of its own. */
const startAgent = (catalogId = `catalog-${++catalogs}`) => {
  let now = Date.now();
  let set: CatalogSet | undefined;
  const log = createLog(
    "error",
    () => {},
    () => now,
  );
  const start = () =>
    createCatalogKeeper({
      ...{ kube, log, waits: CATALOG_WAITS, metrics: createMetrics() },
      fetchSet: async () => ({ kind: "ok", status: 200, body: set }),
      clock: { ...systemClock, now: () => now },
      troubles: createTroubles(log, () => {}),
      onStatus: () => {},
      onLook: () => {},
    });
  let keeper = start();
  return {
    set: (revision: number, entries: CatalogSet["entries"], remove: CatalogSet["remove"] = []) => {
      set = { catalog_id: catalogId, revision, entries, remove };
    },
    restart: () => {
      keeper = start();
    },
    /** One look at the cluster, some time later. */
    pass: async (ms = 0): Promise<string[]> => {
      now += ms;
      if (set !== undefined) keeper.noted(set.revision);
      await keeper.step(new AbortController().signal);
      const status = keeper.reports.waiting();
      return (status?.entries ?? []).map(
        ({ name, state, generation_in_force }) => `${name} ${state} ${generation_in_force ?? "-"}`,
      );
    },
    status: () => keeper.reports.waiting(),
  };
};

type Stored = { metadata: { generation: number; resourceVersion: string; uid: string }; spec: Record<string, unknown> };
const policy = async (name: string): Promise<Stored | undefined> => {
  const { status, body } = await cluster.admin.call("GET", `${CLUSTER_POLICIES}/${name}`);
  return status === 200 ? (body as Stored) : undefined;
};
const edit = (name: string, spec: object, manager: string): Promise<unknown> =>
  cluster.admin.expect(
    "PATCH",
    `${CLUSTER_POLICIES}/${name}?fieldManager=${manager}`,
    { spec },
    { contentType: MERGE_PATCH },
  );

describe("a real API server", () => {
  it("has the objects as the catalog says, and each look after that changes nothing", async () => {
    const { set, pass, status, restart } = startAgent();
    set(1, [
      clusterPolicy("steady", { requireProfile: true, profileAllowlist: ["steady"] }),
      clusterProfile("steady"),
      entryOf("MirrordPolicy", "steady", { block: [] }, { namespace: "shop" }),
      entryOf("MirrordProfile", "steady", { featureAdjustments: [] }, { namespace: "shop" }),
    ]);
    expect(await pass()).toEqual([]);
    expect(status()).toMatchObject({ state: "applied", revision: 1 });
    const before = await policy("steady");
    expect(before?.spec).toMatchObject({ requireProfile: true, env: { exclude: [] } });
    await pass(MINUTE);
    // The dry run of a new process finds the defaults that the API server added, and no difference.
    restart();
    await pass(MINUTE);
    expect(await policy("steady")).toEqual(before);
  });

  it("gets back what people and another manager's apply change, also while no agent runs", async () => {
    const { set, pass, restart } = startAgent();
    set(1, [clusterPolicy("edited")]);
    await pass();
    await edit("edited", { block: [] }, "kubectl-edit");
    expect(await pass(MINUTE)).toEqual([]);
    expect((await policy("edited"))?.spec).toMatchObject({ block: ["steal"] });
    const applied = {
      ...{ apiVersion: "policies.mirrord.metalbear.co/v1alpha", kind: "MirrordClusterPolicy" },
      ...{ metadata: { name: "edited" }, spec: { targetPath: "deploy/*", block: ["steal"] } },
    };
    const query = "fieldManager=argocd&force=true";
    await cluster.admin.expect("PATCH", `${CLUSTER_POLICIES}/edited?${query}`, applied, { contentType: APPLY });
    restart();
    expect(await pass(11 * MINUTE)).toEqual([]);
    expect((await policy("edited"))?.spec).not.toHaveProperty("targetPath");
    await cluster.admin.expect("DELETE", `${CLUSTER_POLICIES}/edited`);
    expect(await pass(MINUTE)).toEqual([]);
    expect(await policy("edited")).toBeDefined();
  });

  it("names the other manager of a fight", async () => {
    const { set, pass, status } = startAgent();
    set(1, [clusterPolicy("fought")]);
    await pass();
    for (let time = 0; time < 4; time += 1) {
      await edit("fought", { block: ["mirror"] }, "argocd");
      await pass(MINUTE);
    }
    expect(await pass()).toEqual(["fought contested -"]);
    expect(status()?.entries[0]?.message).toContain("argocd");
    expect((await policy("fought"))?.spec).toMatchObject({ block: ["mirror"] });
    expect(await pass(61 * MINUTE)).toEqual(["fought contested 1"]);
    expect((await policy("fought"))?.spec).toMatchObject({ block: ["steal"] });
  });

  it("keeps objects of others, of another catalog, and what no set names to be removed", async () => {
    const other = startAgent();
    other.set(1, [clusterPolicy("others"), clusterPolicy("removed")]);
    await other.pass();
    const foreign = { metadata: { name: "foreign" }, spec: { block: [] } };
    const named = { apiVersion: "policies.mirrord.metalbear.co/v1alpha", kind: "MirrordClusterPolicy" };
    await cluster.admin.expect("POST", `${CLUSTER_POLICIES}?fieldManager=helm`, { ...named, ...foreign });
    const before = [await policy("others"), await policy("foreign")];
    const { set, pass, status } = startAgent();
    set(
      1,
      [clusterPolicy("others", { requireProfile: true }), clusterPolicy("foreign")],
      [{ kind: "MirrordClusterPolicy", name: "removed", namespace: null, generation: 9 }],
    );
    expect(await pass()).toEqual(["others conflict -", "foreign conflict -"]);
    expect(status()?.entries[1]?.message).toContain("helm");
    expect([await policy("others"), await policy("foreign")]).toEqual(before);
    expect(await policy("removed")).toBeDefined();
    // The other catalog: an empty set and an older revision remove nothing, a tombstone does.
    other.set(2, []);
    expect(await other.pass(MINUTE)).toEqual(["others orphaned 1", "removed orphaned 1"]);
    other.set(1, [], [{ kind: "MirrordClusterPolicy", name: "removed", namespace: null, generation: 9 }]);
    await other.pass(MINUTE);
    expect(other.status()).toMatchObject({ state: "catalog_went_back", revision: 2 });
    expect(await policy("removed")).toBeDefined();
    other.set(3, [], [{ kind: "MirrordClusterPolicy", name: "removed", namespace: null, generation: 9 }]);
    expect(await other.pass(MINUTE)).toEqual(["others orphaned 1"]);
    expect(await policy("removed")).toBeUndefined();
  });

  it("with the custom resource of an older operator keeps the last generation that it supports, whole", async () => {
    const { set, pass, status } = startAgent();
    await installDefinition(cluster.admin, older());
    set(1, [clusterPolicy("old"), clusterPolicy("never", { requireProfile: true })]);
    // The API server reads a changed definition a moment after it accepted it.
    await expect.poll(() => pass(10 * MINUTE), { timeout: 20_000 }).toEqual(["never unsupported -"]);
    const before = await policy("old");
    set(2, [clusterPolicy("old", { requireProfile: true }, 2), clusterPolicy("never", { requireProfile: true })]);
    expect(await pass(MINUTE)).toEqual(["old unsupported 1", "never unsupported -"]);
    expect(status()?.entries[0]?.message).toContain('unknown field "spec.requireProfile"');
    expect(await policy("old")).toEqual(before);
    expect(await policy("never")).toBeUndefined();
    await installDefinition(cluster.admin, definitionOf("mirrordclusterpolicies"));
    await expect.poll(() => pass(10 * MINUTE), { timeout: 20_000 }).toEqual([]);
    expect((await policy("old"))?.spec).toMatchObject({ requireProfile: true });
  });

  it("without a kind or a namespace gets the rest, and these once it has them", async () => {
    const { set, pass } = startAgent();
    const definition =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mirrordprofiles.profiles.mirrord.metalbear.co";
    await cluster.admin.expect("DELETE", definition);
    set(1, [
      entryOf("MirrordProfile", "late", { featureAdjustments: [] }, { namespace: "shop" }),
      entryOf("MirrordPolicy", "late", { block: [] }, { namespace: "nowhere" }),
      clusterPolicy("early"),
    ]);
    await expect.poll(() => pass(10 * MINUTE), { timeout: 20_000 }).toEqual(["late unsupported -", "late pending -"]);
    expect(await policy("early")).toBeDefined();
    await installDefinition(cluster.admin, definitionOf("mirrordprofiles"));
    await cluster.admin.expect("POST", "/api/v1/namespaces", { metadata: { name: "nowhere" } });
    await expect.poll(() => pass(10 * MINUTE), { timeout: 20_000 }).toEqual([]);
    expect((await cluster.admin.call("GET", `${policiesOf("nowhere")}/late`)).status).toBe(200);
  });
});
