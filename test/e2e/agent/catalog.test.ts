import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterOn } from "../../support/agent-world/agent.ts";
import { CATALOG_ID, CLUSTER_POLICIES, clusterPolicy } from "../../support/agent-world/catalog.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/mirrord/leases";

let cluster: Awaited<ReturnType<typeof clusterOn>>;
beforeEach(async () => {
  cluster = await clusterOn(server());
});
afterEach(() => cluster.close());

/** An agent that applies the catalog, and the set that the server has for it. */
const start = (set = { revision: 3, entries: [clusterPolicy("protect")] }) => {
  const agent = cluster.start({ applyCatalog: true });
  const catalog = { set: { catalog_id: CATALOG_ID, remove: [], ...set } };
  agent.mood.alter = (answer) => {
    answer["catalog_revision"] = catalog.set.revision;
  };
  agent.mood.instead = (path) =>
    path === "/api/v1/catalog" ? new Response(JSON.stringify(catalog.set), { headers: { etag: '"1"' } }) : undefined;
  return { ...agent, catalog };
};
const statuses = (agent: ReturnType<typeof start>) =>
  agent.calls.flatMap(({ body }) => (body["catalog_status"] === undefined ? [] : [body["catalog_status"]]));

describe("an agent with APPLY_CATALOG", () => {
  it("applies the set of its cluster, reports it, and notes its revision on the Lease", async () => {
    const agent = start();
    await cluster.until(() => expect(cluster.kube.get(CLUSTER_POLICIES, "protect")).toBeDefined());
    await cluster.until(() =>
      expect(statuses(agent)).toEqual([{ catalog_id: CATALOG_ID, revision: 3, state: "applied", entries: [] }]),
    );
    await cluster.until(() =>
      expect(cluster.kube.get(LEASES, "mirrord-license-agent")?.metadata["annotations"]).toEqual({
        "mirrord-license-server/catalog": `3 ${CATALOG_ID}`,
      }),
    );
    const { text } = await agent.get("/metrics");
    expect(text).toMatch(/^mirrord_license_agent_catalog_entries\{state="applied"\} 1$/m);
    expect(text).toMatch(/^mirrord_license_agent_catalog_calls_total\{call="create",outcome="written"\} 1$/m);
    // With the license key alone, the lease token opens the catalog.
    const [fetched] = agent.calls.filter(({ path }) => path === "/api/v1/catalog");
    expect(fetched?.headers).toMatchObject({ authorization: expect.stringMatching(/^Bearer ey/) });
    expect(agent.lines.filter(({ level }) => level === "ERROR")).toEqual([]);
  });

  it("reports what it cannot apply as an error of the operator, and stops at once", async () => {
    const agent = start({ revision: 1, entries: [clusterPolicy("protect", { splitQueues: {} })] });
    await cluster.until(() =>
      expect(statuses(agent)).toMatchObject([{ entries: [{ name: "protect", state: "unsupported" }] }]),
    );
    await cluster.until(async () => {
      const { text } = await server().call("GET", "/api/v1/reports/errors");
      expect(text).toContain("MirrordClusterPolicy protect is not supported by this cluster");
    });
    expect(await agent.stop()).toEqual({ kind: "stopped" });
  });

  it("changes nothing after a restart if the server's catalog went back, also without any object left", async () => {
    const first = start();
    await cluster.until(() =>
      expect(cluster.kube.get(LEASES, "mirrord-license-agent")?.metadata["annotations"]).toBeDefined(),
    );
    await first.stop();
    cluster.kube.remove(CLUSTER_POLICIES, "protect");
    const second = start({ revision: 2, entries: [clusterPolicy("protect")] });
    await cluster.until(() => expect(statuses(second)).toMatchObject([{ revision: 3, state: "catalog_went_back" }]));
    expect(cluster.kube.get(CLUSTER_POLICIES, "protect")).toBeUndefined();
  });
});

it("an agent without APPLY_CATALOG neither asks for the catalog nor lists its objects", async () => {
  const agent = cluster.start();
  agent.mood.alter = (answer) => {
    answer["catalog_revision"] = 3;
  };
  await cluster.until(() => expect(agent.calls.length).toBeGreaterThan(3));
  expect(agent.calls.filter(({ path }) => path === "/api/v1/catalog")).toEqual([]);
  expect(cluster.kube.calls.filter(({ path }) => /mirrord\w*(policies|profiles)$/.test(path))).toEqual([]);
});
