import { describe, expect, it } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { catalogAdmin, clusterAgent } from "../../support/catalog-admin.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import type { Json } from "../../support/wire.ts";

const server = serverPerTest();
const admin = catalogAdmin(server);
const [agent, twin] = [clusterAgent(server, "1f2e"), clusterAgent(server, "9a8b")];
const at = () => new Date(server().clock.now).toISOString();
const statusOf = async () => expectSuccess("catalogStatus", await admin.call("GET", "/status"));
const reported = (changes: Json = {}): Json => ({
  catalog_status: { catalog_id: "c", revision: 1, state: "applied", entries: [], ...changes },
});
const pending = (changes: Json = {}): Json => ({
  kind: "MirrordPolicy",
  name: "no-steal",
  namespace: "shop",
  state: "pending",
  since: at(),
  ...changes,
});

describe("a heartbeat of an agent that applies the catalog", () => {
  it("is answered with a revision that is at most ten seconds old", async () => {
    await agent.register("dev-eu");
    expect((await agent.beat("dev-eu")).json.catalog_revision).toBe(0);
    await admin.put();
    server().clock.now += 9 * SECOND_MS;
    expect((await agent.beat("dev-eu")).json.catalog_revision).toBe(0);
    server().clock.now += SECOND_MS;
    expect((await agent.beat("dev-eu")).json.catalog_revision).toBe(1);
  });

  it("costs one write, and one more if it has a status", async () => {
    await agent.register("dev-eu");
    await agent.beat("dev-eu", reported());
    const writesOf = async (body: Json) => {
      server().consumed.splice(0);
      await agent.beat("dev-eu", body);
      return server()
        .consumed.filter(({ operation }) => operation === "UpdateItem")
        .map(({ units }) => units);
    };
    expect(await writesOf({})).toEqual([1]);
    expect(await writesOf(reported({ entries: [pending()] }))).toEqual([1, 1]);
    server().consumed.splice(0);
    await agent.beat("dev-eu");
    const reads = server().consumed.filter(({ operation }) => operation === "GetItem");
    expect(reads.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(0.5);
  });

  it("succeeds whatever its status is, and a status with a fault changes nothing", async () => {
    await agent.register("dev-eu");
    await agent.beat("dev-eu", reported());
    for (const bad of [7, [], {}, { ...Object(reported()["catalog_status"]), state: "fine" }]) {
      expect((await agent.beat("dev-eu", { catalog_status: bad })).status).toBe(200);
      expect(server().logs).toContainEqual(expect.objectContaining({ message: "catalog status not understood" }));
      server().logs.splice(0);
    }
    const many = Array.from({ length: 201 }, (_unused, index) => pending({ name: `p-${index}` }));
    expect((await agent.beat("dev-eu", reported({ entries: many }))).status).toBe(200);
    expect((await statusOf()).entries).toEqual([]);
    expect((await agent.beat("dev-eu", reported({ entries: many.slice(1) }))).status).toBe(200);
    expect((await statusOf()).entries).toHaveLength(200);
  });

  it("of a process that another one replaced reports nothing", async () => {
    await agent.register("dev-eu", { process_id: "first" });
    await agent.register("dev-eu", { process_id: "second" });
    const answer = await agent.beat("dev-eu", reported(), { process_id: "first" });
    expect(answer.json.superseded).toBe(true);
    expect(await storedUnder(server(), "CATALOG#STATUS")).toEqual([]);
  });
});

describe("the status", () => {
  it("lists the clusters, and only the entries that are not applied", async () => {
    await admin.put();
    await agent.register("dev-eu");
    const since = at();
    await agent.beat("dev-eu", reported({ entries: [pending({ generation_in_force: 3, message: "no namespace" })] }));
    server().clock.now += MINUTE_MS;
    await agent.beat("dev-eu", reported({ entries: [pending({ since, message: "no namespace" })] }));
    const status = await statusOf();
    expect(status.clusters).toEqual([
      {
        cluster_id: "1f2e",
        cluster: "dev-eu",
        state: "applied",
        revision: 1,
        since,
        reported_at: at(),
        duplicate_name: false,
      },
    ]);
    expect(status.entries).toEqual([
      {
        cluster_id: "1f2e",
        cluster: "dev-eu",
        kind: "MirrordPolicy",
        name: "no-steal",
        namespace: "shop",
        state: "pending",
        generation_in_force: null,
        message: "no namespace",
        since,
      },
    ]);
    expect(status).toMatchObject({ revision: 1, more: 0 });
  });

  it("says which clusters are behind, silent, of one name, or have reported nothing", async () => {
    await admin.put();
    await agent.register("dev-eu");
    await twin.register("dev-eu");
    await agent.beat("dev-eu", reported());
    const states = async () =>
      (await statusOf()).clusters.map(({ cluster_id, state, duplicate_name }) => [cluster_id, state, duplicate_name]);
    expect(await states()).toEqual([
      ["1f2e", "applied", true],
      ["9a8b", "never_reported", true],
    ]);
    await admin.put({ spec: { block: [] } }, "*");
    await twin.beat("dev-us", reported({ state: "catalog_went_back", revision: 7 }));
    expect(await states()).toEqual([
      ["1f2e", "behind", false],
      ["9a8b", "catalog_went_back", false],
    ]);
    server().clock.now += 10 * MINUTE_MS;
    await agent.beat("dev-eu", reported({ revision: 2 }));
    expect(await states()).toEqual([
      ["1f2e", "applied", false],
      ["9a8b", "silent", false],
    ]);
  });
});
