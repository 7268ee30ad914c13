import { describe, expect, it } from "vitest";
import { CATALOG_LIMITS } from "../../../shared/contract/catalog.ts";
import { catalogKey, catalogRevisionKey } from "../../../shared/contract/keys.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { BLOCK_STEAL, catalogAdmin, NO_INCOMING } from "../../support/catalog-admin.ts";
import { serverPerTest } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import type { Json } from "../../support/wire.ts";

const server = serverPerTest();
const admin = catalogAdmin(server);

const policy = (name: string, changes: Json = {}): Json => ({
  action: "put",
  kind: "MirrordClusterPolicy",
  name,
  spec: BLOCK_STEAL,
  ...changes,
});

describe("several changes at once", () => {
  it("are made in one revision, and a repeated request changes nothing", async () => {
    const changes = [
      policy("a", { spec: { block: [], requireProfile: true, profileAllowlist: ["quiet"] } }),
      policy("b"),
      { action: "put", kind: "MirrordClusterProfile", name: "quiet", spec: NO_INCOMING },
    ];
    const first = expectSuccess("catalogApply", await admin.apply(changes));
    expect(first.revision).toBe(1);
    expect(first.results.map(({ outcome, warnings }) => [outcome, warnings])).toEqual([
      ["created", []],
      ["created", []],
      ["created", []],
    ]);
    const again = await leavingNoTrace(server(), () => admin.apply(changes));
    expect(again.json.revision).toBe(1);
    expect(again.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(3).fill("unchanged"));
    const [etag] = first.results.map((result) => result.etag);
    const { results } = expectSuccess(
      "catalogApply",
      await admin.apply([
        { action: "delete", kind: "MirrordClusterPolicy", name: "a", if_match: etag },
        policy("c"),
        policy("b"),
      ]),
    );
    expect(results.map(({ name, outcome, generation }) => `${name} ${outcome} ${generation}`)).toEqual([
      "a deleted 2",
      "c created 1",
      "b unchanged 1",
    ]);
  });

  it("with one fault are all refused, and every fault is named with its place", async () => {
    const answer = await leavingNoTrace(server(), () =>
      admin.apply([
        policy("a"),
        policy("b", { spec: { block: ["fly"] } }),
        policy("c", { spec: { block: [], targetPath: 7 } }),
      ]),
    );
    expectProblem(answer, 400, "BadRequest", ["changes.1.spec.block.0", "changes.2.spec.targetPath"]);
    const bodies = [policy("B"), policy("c", { spec: undefined }), policy("d", { namespace: "shop" })];
    expectProblem(await admin.apply(bodies), 400, "BadRequest", [
      "changes.0.name",
      "changes.1.spec",
      "changes.2.namespace",
    ]);
    expectProblem(await admin.apply([policy("a"), policy("a")]), 400, "BadRequest", ["changes.1"]);
  });

  it("without or with an old validator are all refused, and the answer has the current ones", async () => {
    const { results } = (await admin.apply([policy("a"), policy("b")])).json;
    const changed = { spec: { block: [] } };
    const required = expectProblem(
      await admin.apply([policy("a", changed), policy("c")]),
      428,
      "PreconditionRequired",
      ["changes.0.if_match"],
    );
    expect(required.json.errors[0].message).toContain(results[0].etag);
    expectProblem(
      await admin.apply([policy("c"), policy("a", changed), policy("b", { ...changed, if_match: '"9-x"' })]),
      412,
      "PreconditionFailed",
      ["changes.2.if_match"],
    );
    expectProblem(
      await admin.apply([policy("c"), { action: "delete", kind: "MirrordClusterPolicy", name: "never" }]),
      404,
      "NotFound",
    );
    expect((await admin.call("GET", "")).json.entries).toHaveLength(2);
  });

  it("in a dry run show their differences and change nothing", async () => {
    const { results } = (await leavingNoTrace(server(), () => admin.apply([policy("a")], true))).json;
    expect(results).toMatchObject([{ outcome: "created", diff: [{ path: "clusters" }, { path: "spec" }, {}] }]);
  });

  it("are at most 20", async () => {
    const changes = Array.from({ length: 21 }, (_unused, index) => policy(`p-${index}`));
    expectProblem(await admin.apply(changes), 400, "BadRequest", ["changes"]);
    expect((await admin.apply(changes.slice(1))).status).toBe(200);
  });
});

describe("a full catalog", () => {
  it("refuses one more entry, and takes one instead of another", async () => {
    const first = (await admin.put()).json;
    const item = await server().table.get(
      catalogKey({ kind: "MirrordClusterPolicy", namespace: null, name: "no-steal" }),
      {
        consistent: true,
      },
    );
    const items = Array.from({ length: CATALOG_LIMITS.entries - 1 }, (_unused, index) => ({
      ...item,
      ...catalogKey({ kind: "MirrordClusterPolicy", namespace: null, name: `p-${index}` }),
      name: `p-${index}`,
    }));
    await server().table.batchPut(items);
    const revision = await server().table.get(catalogRevisionKey, { consistent: true });
    await server().table.batchPut([{ ...catalogRevisionKey, ...revision, entries: CATALOG_LIMITS.entries }]);
    const problem = expectProblem(await admin.apply([policy("more")]), 409, "Conflict");
    expect(problem.json.detail).toContain("the limit is 1000");
    const instead = [
      policy("more"),
      { action: "delete", kind: "MirrordClusterPolicy", name: "no-steal", if_match: first.etag },
    ];
    expect((await admin.apply(instead)).status).toBe(200);
    expect((await admin.call("GET", "?limit=1000")).json.entries).toHaveLength(CATALOG_LIMITS.entries);
  });

  it("refuses specs that together are too large for one answer", async () => {
    const exclude = Array.from({ length: 140 }, (_unused, index) => `${index}-${"x".repeat(200)}`);
    const large = (name: string) => policy(name, { spec: { block: [], env: { exclude } } });
    const batch = (round: number) => Array.from({ length: 20 }, (_unused, index) => large(`p-${round}-${index}`));
    const statuses: number[] = [];
    for (let round = 0; round < 4; round += 1) statuses.push((await admin.apply(batch(round))).status);
    expect(statuses).toEqual([200, 200, 200, 409]);
    const all = await admin.call("GET", "?limit=1000");
    expect(all.json.entries).toHaveLength(60);
    expect(Buffer.byteLength(all.text)).toBeLessThan(4.5 * 1024 * 1024);
  });
});
