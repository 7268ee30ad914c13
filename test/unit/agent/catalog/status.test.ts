import { afterEach, describe, expect, it } from "vitest";
import { readSet } from "../../../../agent/catalog/fetch.ts";
import {
  CATALOG_ID,
  type CatalogCluster,
  catalogCluster,
  clusterPolicy,
  entryOf,
} from "../../../support/agent-world/catalog.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const open: CatalogCluster[] = [];
const cluster = async (): Promise<CatalogCluster> => {
  const world = await catalogCluster();
  open.push(world);
  return world;
};
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

describe("the status of the catalog", () => {
  it("is reported when it changed, until the server has it, and again after an hour", async () => {
    const { set, start, clock } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    const { reports } = agent.keeper;
    expect(agent.status()).toBeUndefined();
    await agent.pass();
    const first = agent.status();
    // The answer to the heartbeat was lost.
    await agent.pass(MINUTE);
    expect(agent.status()).toEqual(first);
    if (first !== undefined) reports.delivered(first);
    await agent.pass(MINUTE);
    expect(agent.status()).toBeUndefined();
    clock.now += HOUR;
    expect(agent.status()).toEqual(first);
    set(2, [clusterPolicy("protect", {}, 2)]);
    await agent.pass();
    // One that was noted while another one was on its way is not taken for that.
    if (first !== undefined) reports.delivered(first);
    expect(agent.status()).toMatchObject({ revision: 2 });
  });

  it("says since when an entry is as it is, also after a restart of the container", async () => {
    const { set, start, clock } = await cluster();
    set(1, [entryOf("MirrordPolicy", "shop", { block: [] }, { namespace: "none" })]);
    const agent = start();
    await agent.pass();
    const since = new Date(clock.now).toISOString();
    await agent.pass(HOUR);
    const next = start();
    next.keeper.restore(JSON.parse(JSON.stringify(agent.keeper.state())));
    await next.pass(MINUTE);
    expect(next.status()?.entries).toMatchObject([{ state: "pending", since }]);
    const damaged = start();
    damaged.keeper.restore([null, { key: 1 }, "x"]);
    await damaged.pass();
    expect(damaged.states()).toEqual(["shop pending -"]);
  });

  it("has at most 200 entries, and short printable messages", async () => {
    const { set, start, kube } = await cluster();
    const nowhere = { namespace: "none" };
    set(
      1,
      Array.from({ length: 250 }, (_, at) => entryOf("MirrordPolicy", `p${at}`, { block: [] }, nowhere)),
    );
    kube.setRule(({ method }) =>
      method === "POST" ? { status: 422, body: { kind: "Status", message: `\u202e${"x".repeat(2_000)}` } } : undefined,
    );
    const agent = start();
    await agent.pass();
    const { entries = [] } = agent.status() ?? {};
    expect(entries.length).toBe(200);
    expect(entries[0]?.message).toMatch(/^422 x{500,}$/);
    expect(entries[0]?.message?.length).toBe(512);
    expect(agent.metrics.text()).toContain('mirrord_license_agent_catalog_entries{state="unsupported"} 250');
  });
});

describe("the set of a cluster", () => {
  it("is fetched when the server names another revision, and once an hour, with its ETag", async () => {
    const { set, start, catalog } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass(10 * MINUTE);
    expect(catalog.fetches).toEqual([undefined]);
    await agent.pass(HOUR);
    expect(catalog.fetches).toEqual([undefined, `"${CATALOG_ID}-1"`]);
    set(2, []);
    await agent.pass();
    expect(catalog.fetches.length).toBe(3);
    expect(agent.status()).toMatchObject({ revision: 2, state: "applied" });
  });

  it("that cannot be fetched leaves the cluster as it is, and is an error until it can", async () => {
    const { set, start, catalog } = await cluster();
    set(1, [clusterPolicy("protect")]);
    const agent = start();
    await agent.pass();
    set(2, []);
    catalog.isAway = true;
    const fetches = catalog.fetches.length;
    await agent.pass(MINUTE);
    expect(catalog.fetches.length - fetches).toBe(4);
    expect(agent.status()).toMatchObject({ revision: 1, state: "away" });
    catalog.isAway = false;
    await agent.pass(MINUTE);
    expect(agent.status()).toMatchObject({ revision: 2, state: "applied" });
    expect(
      agent.lines.filter(({ message }) => /catalog cannot be fetched/.test(message)).map(({ level }) => level),
    ).toEqual(["ERROR", "INFO"]);
  });

  it.each([
    ["no object", []],
    ["no catalog", { ok: true }],
    ["no revision", { catalog_id: "c", entries: [], remove: [] }],
    ["no name", { catalog_id: "c", revision: 1, entries: [{ ...clusterPolicy("a"), name: "" }], remove: [] }],
    ["no spec", { catalog_id: "c", revision: 1, entries: [{ ...clusterPolicy("a"), spec: null }], remove: [] }],
    ["no removals", { catalog_id: "c", revision: 1, entries: [] }],
  ])("is not read from an answer with %s", (_what, body) => {
    expect(readSet({ kind: "ok", status: 200, body }).kind).toBe("failed");
  });

  it("leaves out kinds that this agent does not know, and names them", () => {
    const later = { ...clusterPolicy("a"), kind: "MirrordLaterKind" };
    const body = { catalog_id: "c", revision: 1, entries: [clusterPolicy("b"), later], remove: [later] };
    expect(readSet({ kind: "ok", status: 200, body })).toMatchObject({
      set: { entries: [{ name: "b" }], remove: [] },
      unknownKinds: ["MirrordLaterKind"],
    });
  });
});
