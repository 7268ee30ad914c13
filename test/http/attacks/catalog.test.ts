import { describe, expect, it } from "vitest";
import { CATALOG_LIMITS } from "../../../shared/contract/catalog.ts";
import { ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { SCOPES, type Scope } from "../../../shared/contract/scopes.ts";
import { expectProblem } from "../../support/answers.ts";
import { BLOCK_STEAL, catalogAdmin, clusterAgent, namesIn } from "../../support/catalog-admin.ts";
import { sendGood } from "../../support/requests.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { agentToken, leaseToken } from "../../support/tokens.ts";

const server = serverPerTest();
const admin = catalogAdmin(server);

const CATALOG = ROUTES.filter((route) => route.function === "policies").map(({ name }) => name) as RouteName[];
type Good = Parameters<typeof sendGood>[1];

describe("a route of the catalog", () => {
  it.each(CATALOG)("%s refuses every credential that is not for it, and changes nothing", async (name) => {
    const auth: readonly string[] = ROUTES.find((route) => route.name === name)?.auth ?? [];
    const refuses = async (credential: object, status: 401 | 403) => {
      const answer = await leavingNoTrace(server(), () => sendGood(server(), name as Good, credential));
      expect([name, answer.status]).toEqual([name, status]);
    };
    await sendGood(server(), "operatorList");
    const operator = await leaseToken(server(), "op-1");
    const bearer = await server().accessToken(SCOPES.filter((scope) => !auth.includes(scope)) as Scope[]);
    await refuses({}, 403);
    await refuses({ key: "wrong" }, 401);
    await refuses({ bearer }, 403);
    // The catalog is for the leases of agents alone, which a lease does not say.
    if (name !== "policyEvaluate") await refuses({ bearer: operator }, 403);
    if (!auth.includes("agent")) await refuses({ bearer: await agentToken(server(), "cluster-c-1") }, 403);
  });

  it("gives an agent the set of its own cluster, whatever it asks for", async () => {
    await admin.store("MirrordClusterPolicy", "one", { spec: BLOCK_STEAL, clusters: ["id:c-1"] });
    await admin.store("MirrordClusterPolicy", "two", { spec: BLOCK_STEAL, clusters: ["id:c-2"] });
    const agent = clusterAgent(server, "c-1");
    await agent.register("eu");
    expect(namesIn((await agent.fetch()).json).entries).toEqual(["one 1"]);
    const bearer = await agentToken(server(), agent.instanceId);
    for (const query of ["?cluster=c-2", "?cluster=id:c-2", "?cluster_id=c-2", "?instance_id=cluster-c-2"])
      expectProblem(await server().call("GET", `/api/v1/catalog${query}`, { bearer }), 400, "BadRequest");
    // Another agent's token is for another instance, which is not registered.
    expectProblem(await clusterAgent(server, "c-2").fetch(), 404, "NotFound");
  });
});

describe("the license key alone", () => {
  it("reports no status for the agent of a cluster, and learns no revision", async () => {
    await admin.put();
    const agent = clusterAgent(server, "c-1");
    await agent.register("eu");
    const { catalog_id } = (await agent.fetch()).json;
    const status = { catalog_id, revision: 1, state: "applied", entries: [] };
    await agent.beat("eu", { catalog_status: status });
    const body = {
      instance_id: agent.instanceId,
      cluster_id: "c-1",
      cluster_name: "eu",
      agent: {
        version: "0.3.0",
        process_id: "process-of-c-1",
        enforces: false,
        applies_catalog: true,
        kills_previews: false,
      },
      seq: 2,
      sent_at: new Date(server().clock.now).toISOString(),
      sessions: [],
      catalog_status: { ...status, revision: 900, state: "catalog_went_back" },
    };
    const answer = await server().call("POST", "/api/v1/heartbeat", { body });
    expect([answer.status, answer.json.catalog_revision]).toEqual([200, undefined]);
    const { clusters } = (await admin.call("GET", "/status")).json;
    expect(clusters).toMatchObject([{ cluster_id: "c-1", state: "applied", revision: 1 }]);
  });
});

describe("the path of an entry", () => {
  it.each([
    "MirrordClusterPolicy/no-steal%2Fx",
    "MirrordClusterPolicy%2Fno-steal/x",
    "MirrordClusterPolicy/%6eo-steal%00",
    "MirrordClusterPolicy/no-steal%20",
    "MirrordClusterPolicy/NO-STEAL",
    "MirrordClusterPolicy/no-steal%0a",
    "MirrordClusterPolicy/no_steal",
    "MirrordClusterPolicy/%2e%2e",
    "MirrordClusterPolicy/__proto__",
    "mirrordclusterpolicy/no-steal",
    "__proto__/no-steal",
    "constructor/no-steal",
    "MirrordClusterPolicy%00/no-steal",
    `MirrordClusterPolicy/${"a".repeat(254)}`,
    "MirrordClusterPolicy/no-steal?namespace=default",
    "MirrordPolicy/no-steal?namespace=a%2Fb",
    "MirrordPolicy/no-steal?namespace=",
    "MirrordPolicy/no-steal?namespace=a&namespace=b",
  ])("%s names no entry: it is refused, and no entry of a similar name changes", async (path) => {
    const { json } = await admin.put();
    for (const [method, body] of [
      ["GET", undefined],
      ["PUT", { spec: { block: [] } }],
      ["DELETE", undefined],
    ] as const) {
      const answer = await leavingNoTrace(server(), () =>
        admin.call(method, `/${path}`, { ...(body === undefined ? {} : { body }), ifMatch: json.etag }),
      );
      expect([method, answer.status]).toEqual([method, expect.toSatisfy((status) => status === 400 || status === 404)]);
    }
  });

  it("may have its characters percent-encoded", async () => {
    const { json } = await admin.put();
    const answer = await admin.call("GET", "/MirrordCluster%50olicy/%6eo%2dsteal");
    expect([answer.status, answer.json.etag]).toEqual([200, json.etag]);
  });
});

describe("a spec in a request", () => {
  it.each([
    ["deep", `{"spec":{"block":[],"x":${"[".repeat(100_000)}${"]".repeat(100_000)}},"allow_unknown":true}`],
    ["with a hidden field", '{"spec":{"block":[],"constructor":{"a":1}}}'],
    ["with a prototype", '{"spec":{"block":[],"__proto__":{"block":["steal"]}}}'],
    ["of a list", '{"spec":[]}'],
    ["of another length than it seems", `{"spec":{"block":[],"targetPath":"${"語".repeat(20_000)}"}}`],
  ])("that is %s is refused with a 400", async (_what, raw) => {
    const bearer = await server().accessToken(["policies:write"]);
    const answer = await leavingNoTrace(server(), () =>
      server().call("PUT", "/api/v1/catalog/MirrordClusterPolicy/a", { bearer, raw }),
    );
    expectProblem(answer, 400, "BadRequest");
  });

  it("is in no line of the log, whether it is stored or refused", async () => {
    const secret = "db-password-of-prod";
    const spec = { block: [], env: { exclude: [secret] }, fs: { local: [`(${secret}`] }, [secret]: secret };
    expectProblem(await admin.put({ spec }), 400, "BadRequest");
    await admin.put({ spec: { block: [], env: { exclude: [secret] } } });
    await admin.put({ spec: { block: [], env: { exclude: [`${secret}2`] } } }, "*");
    expect(server().lines.join("\n")).not.toContain(secret);
  });
});

describe("If-Match", () => {
  it.each([
    ["W/", "weak", 412],
    ["", "strong", 200],
  ] as const)("with a %s%s validator among others is a %i", async (prefix, _what, status) => {
    const { json } = await admin.put();
    const list = `"a", ${prefix}${json.etag}, "b"`;
    expect((await admin.put({ spec: { block: [] } }, list)).status).toBe(status);
  });

  it.each(['""', "", ",", '"', "**", '"*"', "null", "undefined", '"1-', "W/*"])(
    "of %j matches nothing",
    async (ifMatch) => {
      await admin.put();
      const answer = await leavingNoTrace(server(), () => admin.put({ spec: { block: [] } }, ifMatch));
      expect([412, 428]).toContain(answer.status);
    },
  );
});

describe("a full catalog", () => {
  it("is listed in pages, and given to an agent, within what Lambda returns", async () => {
    // Quotes and backslashes need most room in JSON within JSON.
    const spec = { block: [], env: { exclude: Array.from({ length: 450 }, () => '"\\'.repeat(8)) } };
    const changes = (from: number) =>
      Array.from({ length: CATALOG_LIMITS.changes }, (_, n) => ({
        action: "put",
        kind: "MirrordClusterPolicy",
        name: `${"x".repeat(60)}.${"y".repeat(60)}.p-${from + n}`,
        spec,
      }));
    let status = 200;
    let stored = 0;
    for (; status === 200; stored += CATALOG_LIMITS.changes) status = (await admin.apply(changes(stored))).status;
    expect(status).toBe(409);
    const size = (answer: object) => Buffer.byteLength(JSON.stringify(answer));
    let [cursor, listed]: [string | null, number] = [null, 0];
    do {
      const page = await admin.call("GET", cursor === null ? "" : `?cursor=${cursor}`);
      expect(page.status).toBe(200);
      expect(size({ body: page.text })).toBeLessThan(6_000_000);
      listed += page.json.entries.length;
      cursor = page.json.next;
    } while (cursor !== null);
    expect(listed).toBe(stored - CATALOG_LIMITS.changes);
    const agent = clusterAgent(server, "c-1");
    await agent.register("eu");
    const set = await agent.fetch();
    expect(set.json.entries).toHaveLength(listed);
    expect(size({ body: Buffer.from(set.text).toString("base64") })).toBeLessThan(6_000_000);
  }, 120_000);
});
