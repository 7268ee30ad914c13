import { describe, expect, it } from "vitest";
import { CATALOG_LIMITS } from "../../../shared/contract/catalog.ts";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { parseEntries } from "../../../shared/policies/yaml/parse.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { BLOCK_STEAL, catalogAdmin, NO_INCOMING } from "../../support/catalog-admin.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace, storedUnder } from "../../support/stored.ts";

const server = serverPerTest();
const admin = catalogAdmin(server);
const audit = async () =>
  (await storedUnder(server(), "AUDIT#")).filter(({ action }) => String(action).startsWith("policy."));

describe("an entry", () => {
  it("is created, read with its validator, replaced with it, and deleted with it", async () => {
    const created = await admin.put({ spec: BLOCK_STEAL, clusters: ["prod-*"] });
    expect(expectSuccess("catalogPut", created, 201)).toMatchObject({ outcome: "created", generation: 1, revision: 1 });
    const read = await admin.get();
    expect(read.headers["etag"]).toBe(created.json.etag);
    expect(expectSuccess("catalogGet", read)).toEqual({
      kind: "MirrordClusterPolicy",
      name: "no-steal",
      namespace: null,
      clusters: ["prod-*"],
      spec: BLOCK_STEAL,
      allow_unknown: false,
      generation: 1,
      etag: created.json.etag,
      updated_at: new Date(server().clock.now).toISOString(),
      updated_by: "ana@example.com",
      warnings: [],
      deleted_at: null,
    });
    const replaced = await admin.put({ spec: { block: ["mirror"] } }, read.headers["etag"]);
    expect(expectSuccess("catalogPut", replaced)).toMatchObject({ outcome: "replaced", generation: 2, revision: 2 });
    expect((await admin.remove(replaced.json.etag)).status).toBe(204);
    expectProblem(await admin.get(), 404, "NotFound");
    expect(expectSuccess("catalogList", await admin.call("GET", "")).revision).toBe(3);
  });

  it("is replaced and deleted only with its current validator, and the answer says which that is", async () => {
    const first = await admin.put();
    const other = { spec: { block: ["mirror"] } };
    const missing = expectProblem(await admin.put(other), 428, "PreconditionRequired", ["header.if-match"]);
    expect(missing.headers["etag"]).toBe(first.json.etag);
    expectProblem(await admin.remove(), 428, "PreconditionRequired");
    const second = await admin.put(other, first.json.etag);
    const stale = expectProblem(await admin.put({ spec: { block: [] } }, first.json.etag), 412, "PreconditionFailed");
    expect(stale.headers["etag"]).toBe(second.json.etag);
    expectProblem(await admin.remove(first.json.etag), 412, "PreconditionFailed");
    expectProblem(await admin.put({ spec: { block: [] } }, `W/${second.json.etag}`), 412, "PreconditionFailed");
    expect((await admin.put({ spec: { block: [] } }, `"other", ${second.json.etag}`)).status).toBe(200);
    expect((await admin.remove("*")).status).toBe(204);
  });

  it("with a validator is never created: somebody deleted it", async () => {
    expectProblem(await admin.put({ spec: BLOCK_STEAL }, '"1-x"'), 412, "PreconditionFailed");
    expectProblem(await admin.put({ spec: BLOCK_STEAL }, "*"), 412, "PreconditionFailed");
    expectProblem(await admin.remove("*"), 404, "NotFound");
  });

  it("that is stored exactly so is a 200 without a new generation, whatever If-Match says", async () => {
    const first = await admin.put({ spec: { block: ["steal"], targetPath: "deploy/*" } });
    const again = await leavingNoTrace(server(), () =>
      admin.put({ spec: { targetPath: "deploy/*", block: ["steal"] }, clusters: ["*"] }, '"7-stale"'),
    );
    expect(expectSuccess("catalogPut", again)).toEqual({ ...first.json, outcome: "unchanged" });
    const clusters = await admin.put({ spec: { block: ["steal"], targetPath: "deploy/*" }, clusters: ["prod"] });
    expectProblem(clusters, 428, "PreconditionRequired");
  });

  it("is deleted once: again it is a 204, and creating it again continues its generations", async () => {
    const { json } = await admin.put();
    expect((await admin.remove(json.etag)).status).toBe(204);
    const again = await leavingNoTrace(server(), () => admin.remove(json.etag));
    expect(again.status).toBe(204);
    expect((await leavingNoTrace(server(), () => admin.remove())).status).toBe(204);
    expect((await admin.put()).json).toMatchObject({ outcome: "created", generation: 3, revision: 3 });
  });

  it("is forgotten a year after its deletion, although its item may still be there", async () => {
    await admin.remove((await admin.put()).json.etag);
    server().clock.now += CATALOG_LIMITS.tombstoneDays * DAY_MS;
    expectProblem(await admin.remove(), 404, "NotFound");
    expect((await admin.put()).json).toMatchObject({ outcome: "created", generation: 1 });
    expect((await admin.call("GET", "/MirrordClusterPolicy/no-steal/history")).json.entries).toHaveLength(1);
  });

  it("has its place in the namespace that the query names, and needs one exactly if its kind has one", async () => {
    const spec = { spec: BLOCK_STEAL };
    const path = "/MirrordPolicy/no-steal";
    expectProblem(await admin.call("PUT", path, { body: spec }), 400, "BadRequest", ["query.namespace"]);
    expectProblem(
      await admin.call("PUT", `/MirrordClusterPolicy/a?namespace=shop`, { body: spec }),
      400,
      "BadRequest",
      ["query.namespace"],
    );
    for (const namespace of ["shop", "cart"])
      expect((await admin.call("PUT", `${path}?namespace=${namespace}`, { body: spec })).status).toBe(201);
    expect((await admin.call("GET", `${path}?namespace=cart`)).json).toMatchObject({ namespace: "cart" });
    expectProblem(await admin.call("GET", "/Deployment/No_Name"), 400, "BadRequest", ["path.kind", "path.name"]);
  });

  it("named like a part of the API is an entry like any other", async () => {
    for (const name of ["history", "restore", "status", "apply"])
      expect((await admin.call("PUT", `/MirrordClusterPolicy/${name}`, { body: { spec: BLOCK_STEAL } })).status).toBe(
        201,
      );
    expect((await admin.call("GET", "/MirrordClusterPolicy/history")).json.name).toBe("history");
    expect((await admin.call("GET", "/MirrordClusterPolicy/history/history")).json.entries).toHaveLength(1);
  });

  it("with faults is refused with all of them and their paths, and stores nothing", async () => {
    const body = { spec: { block: ["fly"], extra: 1, targetPath: "" }, clusters: ["", " a"] };
    const bad = await leavingNoTrace(server(), () => admin.put(body));
    expectProblem(bad, 400, "BadRequest", ["clusters.0", "clusters.1"]);
    expect(
      (await admin.put({ spec: { block: ["fly"], extra: 1 } })).json.errors
        .map(({ path }: { path: string }) => path)
        .toSorted(),
    ).toEqual(["spec.block.0", "spec.extra"]);
    expect((await admin.put({ spec: { block: [], extra: 1 }, allow_unknown: true })).status).toBe(201);
  });

  it("that requires a profile and allows none needs force", async () => {
    const spec = { block: [], requireProfile: true, profileAllowlist: [] };
    expectProblem(await admin.put({ spec }), 400, "BadRequest", ["spec.profileAllowlist"]);
    expect((await admin.put({ spec, force: true })).status).toBe(201);
  });

  it("warns of profiles in its allow-list that the catalog lacks, in all or in some of its clusters", async () => {
    const spec = { block: [], profileAllowlist: ["quiet", "shop/loud"] };
    const { warnings } = (await admin.put({ spec })).json;
    expect(warnings).toEqual([
      { path: "spec.profileAllowlist.0", message: "the catalog has no profile quiet" },
      { path: "spec.profileAllowlist.1", message: "the catalog has no profile shop/loud" },
    ]);
    await admin.store("MirrordClusterProfile", "quiet", { spec: NO_INCOMING });
    await admin.store("MirrordProfile", "loud", { spec: NO_INCOMING }, "shop");
    expect((await admin.get()).json.warnings).toEqual([]);
  });

  it("is audited with its generations and its difference, in the same transaction, cut at 4 KiB", async () => {
    const { json } = await admin.put();
    server().clock.now += 1;
    const exclude = Array.from({ length: 400 }, (_unused, index) => `SECRET_é_${index}`);
    await admin.put({ spec: { block: [], env: { exclude } } }, json.etag);
    const [created, replaced] = await audit();
    expect(created).toMatchObject({
      action: "policy.created",
      actor: "ana@example.com",
      kind: "MirrordClusterPolicy",
      name: "no-steal",
      generation: 1,
      revision: 1,
    });
    expect(JSON.parse(String(created?.["diff"]))).toEqual([
      { path: "clusters", after: ["*"] },
      { path: "spec", after: BLOCK_STEAL },
      { path: "allow_unknown", after: false },
    ]);
    expect(replaced).toMatchObject({ action: "policy.replaced", generation: 2, fromGeneration: 1 });
    const bytes = Buffer.byteLength(String(replaced?.["diff"]));
    expect(bytes).toBeGreaterThan(4_000);
    expect(bytes).toBeLessThanOrEqual(4_096);
  });
});

describe("a dry run", () => {
  it("shows the difference and changes nothing, also without a validator", async () => {
    await admin.put({ spec: { block: ["steal"], targetPath: "deploy/a" }, clusters: ["prod"] });
    const body = { spec: { block: ["steal", "mirror"] }, clusters: ["prod"] };
    const path = "/MirrordClusterPolicy/no-steal?dry_run=true";
    const put = await leavingNoTrace(server(), () => admin.call("PUT", path, { body }));
    expect(expectSuccess("catalogPut", put)).toMatchObject({ outcome: "replaced", generation: 2 });
    expect(put.json.diff).toEqual([
      { path: "spec.block", before: ["steal"], after: ["steal", "mirror"] },
      { path: "spec.targetPath", before: "deploy/a" },
    ]);
    const gone = await leavingNoTrace(server(), () => admin.call("DELETE", path));
    expect(gone.json.diff.map(({ path: at }: { path: string }) => at)).toEqual(["clusters", "spec", "allow_unknown"]);
    expectProblem(await admin.call("PUT", path, { body, ifMatch: '"0-x"' }), 412, "PreconditionFailed");
  });
});

describe("a history", () => {
  it("has the last 20 generations, deletions included, and restores any of them", async () => {
    let etag: string | undefined;
    for (let round = 0; round < 21; round += 1)
      etag = (await admin.put({ spec: { block: [], targetPath: `deploy/${round}` } }, etag)).json.etag;
    await admin.remove(etag);
    const path = "/MirrordClusterPolicy/no-steal";
    const { entries } = expectSuccess("catalogHistory", await admin.call("GET", `${path}/history`));
    expect(entries.map(({ generation }) => generation)).toEqual(
      Array.from({ length: 20 }, (_unused, index) => 22 - index),
    );
    expect(entries[0]?.deleted_at).not.toBeNull();
    const restore = (generation: number, ifMatch?: string) =>
      admin.call("POST", `${path}/restore`, { body: { generation }, ...(ifMatch === undefined ? {} : { ifMatch }) });
    expectProblem(await restore(2), 404, "NotFound");
    expectProblem(await restore(22), 404, "NotFound");
    const restored = expectSuccess("catalogRestore", await restore(3), 201);
    expect(restored).toMatchObject({ outcome: "created", generation: 23 });
    expect((await admin.get()).json.spec.targetPath).toBe("deploy/2");
    expectProblem(await restore(4), 428, "PreconditionRequired");
    expect((await restore(4, restored.etag)).json).toMatchObject({ outcome: "replaced", generation: 24 });
    expectProblem(await admin.call("GET", "/MirrordClusterPolicy/never/history"), 404, "NotFound");
  });
});

describe("the list", () => {
  const fill = async () => {
    await admin.store("MirrordClusterProfile", "quiet", { spec: NO_INCOMING, clusters: ["dev-*"] });
    await admin.store("MirrordPolicy", "b", { spec: BLOCK_STEAL, clusters: ["prod-*"] }, "shop");
    await admin.store("MirrordPolicy", "a", { spec: BLOCK_STEAL, clusters: ["id:1f2e"] }, "shop");
    await admin.store("MirrordClusterPolicy", "all", { spec: BLOCK_STEAL });
  };
  const names = async (query: string) =>
    (await admin.call("GET", query)).json.entries.map(({ name }: { name: string }) => name);

  it("has pages of one revision: a change between two of them is a 409", async () => {
    await fill();
    const first = expectSuccess("catalogList", await admin.call("GET", "?limit=3"));
    expect(first.entries.map(({ name }) => name)).toEqual(["a", "b", "all"]);
    const next = await admin.call("GET", `?limit=3&cursor=${first.next}`);
    expect(next.json).toMatchObject({ revision: 4, next: null, entries: [{ name: "quiet" }] });
    await admin.put();
    expectProblem(await admin.call("GET", `?limit=3&cursor=${first.next}`), 409, "Conflict");
    expectProblem(await admin.call("GET", "?cursor=e30"), 400, "BadRequest", ["query.cursor"]);
  });

  it("has only the entries of a cluster, by its name or its id", async () => {
    await fill();
    expect(await names("?cluster=prod-eu")).toEqual(["b", "all"]);
    expect(await names("?cluster=dev-1")).toEqual(["all", "quiet"]);
    expect(await names("?cluster=id:1f2e")).toEqual(["a", "all"]);
  });

  it("is YAML that can be read back, if the caller accepts it", async () => {
    await fill();
    const answer = await admin.call("GET", "?limit=3", { headers: { accept: "application/yaml" } });
    expect(answer.headers["content-type"]).toBe("application/yaml");
    expect(answer.headers["link"]).toMatch(/^<\?limit=3&cursor=[\w-]+>; rel="next"$/);
    const { entries, faults } = parseEntries(answer.text);
    expect(faults).toEqual([]);
    expect(entries.map(({ name, clusters }) => [name, clusters])).toEqual([
      ["a", ["id:1f2e"]],
      ["b", ["prod-*"]],
      ["all", undefined],
    ]);
    const one = await admin.call("GET", "/MirrordClusterPolicy/all", { headers: { accept: "application/yaml" } });
    expect(parseEntries(one.text).entries).toMatchObject([{ name: "all", spec: BLOCK_STEAL }]);
  });

  it("is empty before the first change", async () => {
    expect((await admin.call("GET", "")).json).toEqual({ catalog_id: null, revision: 0, entries: [], next: null });
  });
});
