import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clusterOn } from "../../support/agent-world/agent.ts";
import { CATALOG_ID, CLUSTER_POLICIES, clusterPolicy } from "../../support/agent-world/catalog.ts";
import { serverPerTest } from "../../support/server.ts";
import { agentToken } from "../../support/tokens.ts";

const server = serverPerTest();
const CLUSTER = "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";
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

describe("with the server's own catalog, an agent", () => {
  it("has what its token opens: the entries of its cluster, their next generation, and their removal", async () => {
    const bearer = await server().accessToken(["policies:read", "policies:write"]);
    const put = async (name: string, block: string[], clusters: string[], etag?: string) => {
      const headers = etag === undefined ? {} : { "if-match": etag };
      const answer = await server().call("PUT", `/api/v1/catalog/MirrordClusterPolicy/${name}`, {
        ...{ key: undefined, bearer, headers, body: { spec: { block }, clusters } },
      });
      expect(answer.status).toBe(etag === undefined ? 201 : 200);
      // Heartbeats name a revision that is at most ten seconds old.
      cluster.skip(10_001);
      return String(answer.json.etag);
    };
    const created = await put("protect", ["steal"], ["ea*"]);
    await put("elsewhere", ["steal"], ["west"]);
    // The license key alone opens no catalog.
    const tokenFile = join(cluster.dataDir, "token");
    writeFileSync(tokenFile, await agentToken(server(), `cluster-${CLUSTER}`));
    cluster.start({ applyCatalog: true, credential: { tokenFile } });
    const spec = () => cluster.kube.get(CLUSTER_POLICIES, "protect")?.["spec"] as { block?: string[] } | undefined;
    await cluster.until(() => expect(spec()?.block).toEqual(["steal"]));
    const status = async () => (await server().call("GET", "/api/v1/catalog/status", { key: undefined, bearer })).json;
    await cluster.until(async () =>
      expect(await status()).toMatchObject({
        clusters: [{ cluster: "east", state: "applied", revision: 2 }],
        entries: [],
      }),
    );
    const replaced = await put("protect", ["mirror"], ["ea*"], created);
    await cluster.until(() => expect(spec()?.block).toEqual(["mirror"]));
    await put("protect", ["mirror"], ["west"], replaced);
    await cluster.until(() => expect(spec()).toBeUndefined());
    expect(cluster.kube.get(CLUSTER_POLICIES, "elsewhere")).toBeUndefined();
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
