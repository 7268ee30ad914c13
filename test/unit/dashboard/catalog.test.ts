import * as node from "node:net";
import { describe, expect, it } from "vitest";
import { type Entry, isMoving, placesOf, STATE_MEANINGS, summaryOf } from "../../../dashboard/model/catalog.ts";
import { BlockList, isIPv4, isIPv6 } from "../../../dashboard/model/net.ts";
import { checkPolicyText, faultsAtLines, keyOf, shownName, TEMPLATES } from "../../../dashboard/model/policy-text.ts";
import { CATALOG_STATES, ENTRY_STATES } from "../../../shared/contract/catalog.ts";
import type { CatalogStatusResponse } from "../../../shared/contract/catalog-answers.ts";

const entry: Entry = {
  kind: "MirrordPolicy",
  name: "no-steal",
  namespace: "payments",
  clusters: ["prod-*", "id:c-3"],
  spec: {},
  allow_unknown: false,
  generation: 4,
  etag: '"4"',
  updated_at: "2026-11-20T08:00:00Z",
  updated_by: "ana",
  warnings: [],
  deleted_at: null,
};

type Cluster = CatalogStatusResponse["clusters"][number];
const cluster = (id: string, name: string | null, state: Cluster["state"] = "applied"): Cluster => ({
  cluster_id: id,
  cluster: name,
  state,
  revision: 7,
  since: null,
  reported_at: null,
  duplicate_name: false,
});
const statusOf = (clusters: Cluster[], entries: CatalogStatusResponse["entries"] = []): CatalogStatusResponse => ({
  catalog_id: "c",
  revision: 7,
  clusters,
  entries,
  more: 0,
});
const reported = (id: string, state: (typeof ENTRY_STATES)[number], generation: number | null) => ({
  cluster_id: id,
  cluster: null,
  kind: entry.kind,
  name: entry.name,
  namespace: entry.namespace,
  state,
  generation_in_force: generation,
  message: "why",
  since: "2026-11-20T08:00:00Z",
});

describe("where an entry is", () => {
  it("are the clusters that its globs and ids name, and those in which it is orphaned", () => {
    const clusters = [
      cluster("c-1", "prod-eu"),
      cluster("c-2", "staging"),
      cluster("c-3", null),
      cluster("c-4", "old"),
    ];
    const places = placesOf(entry, statusOf(clusters, [reported("c-4", "orphaned", 3)]));
    expect(places.map(({ clusterId, state, generationInForce }) => [clusterId, state, generationInForce])).toEqual([
      ["c-1", "applied", 4],
      ["c-3", "applied", 4],
      ["c-4", "orphaned", 3],
    ]);
  });

  it("is not known in force where the cluster has not fetched the change", () => {
    const [place] = placesOf(entry, statusOf([cluster("c-1", "prod-eu", "behind")]));
    expect(place).toMatchObject({ state: "behind", generationInForce: null });
  });

  it("is summed up: green if it is applied everywhere, red if somebody must do something", () => {
    const sum = (...states: (Cluster["state"] | (typeof ENTRY_STATES)[number])[]) =>
      summaryOf(
        states.map((state) => ({
          clusterId: "c",
          cluster: null,
          state,
          since: null,
          generationInForce: null,
          message: null,
        })),
      );
    expect(sum()).toEqual({ tone: "plain", text: "no cluster" });
    expect(sum("applied", "applied")).toEqual({ tone: "good", text: "2 of 2" });
    expect(sum("applied", "behind")).toEqual({ tone: "warn", text: "1 of 2" });
    expect(sum("behind", "conflict")).toEqual({ tone: "bad", text: "0 of 2" });
  });

  it("is looked at often while it changes, and every state has a meaning", () => {
    expect(isMoving(statusOf([cluster("c", "a", "behind")]))).toBe(true);
    expect(isMoving(statusOf([cluster("c", "a")], [reported("c", "conflict", null)]))).toBe(false);
    for (const state of [...CATALOG_STATES, ...ENTRY_STATES]) expect(STATE_MEANINGS[state]).not.toBe("");
  });
});

describe("the text of the editor", () => {
  it.each(Object.keys(TEMPLATES) as (keyof typeof TEMPLATES)[])("of a new %s is valid", (name) => {
    const { entries, faults, warnings } = checkPolicyText(TEMPLATES[name], false);
    expect([entries.length, faults, warnings]).toEqual([1, [], []]);
  });

  it("is checked with the server's code: all faults, in the order of their lines", () => {
    const text = TEMPLATES.policy.replace("my-policy", "My_Policy").replace("steal-without-filter", "stael");
    expect(checkPolicyText(text, false).faults.map(({ line, path }) => [line, path])).toEqual([
      [4, "metadata.name"],
      [10, "spec.block.0"],
    ]);
    expect(checkPolicyText(text.replace("My_Policy", "a"), true).faults).toEqual([]);
    expect(checkPolicyText("", false).faults).toEqual([{ line: 1, path: "", message: "The text has no entry." }]);
    expect(checkPolicyText(`${TEMPLATES.policy}---\n${TEMPLATES.policy}`, false).faults[0]?.line).toBe(12);
    const many = Array.from({ length: 21 }, (_, index) => TEMPLATES.policy.replace("my-policy", `p${index}`)).join(
      "---\n",
    );
    expect(checkPolicyText(many, false).faults[0]?.message).toContain("at most 20 entries");
  });

  it("shows the server's faults at their lines", () => {
    const { entries } = checkPolicyText(`${TEMPLATES.policy}---\n${TEMPLATES.profile}`, false);
    const faults = [
      { path: "changes.1.spec.featureAdjustments", message: "no" },
      { path: "other", message: "x" },
    ];
    expect(faultsAtLines(faults, entries).map(({ line, path }) => [line, path])).toEqual([
      [20, "spec.featureAdjustments"],
      [1, "other"],
    ]);
    expect(entries.map((each) => [keyOf(each), shownName(each)])).toEqual([
      ["MirrordPolicy/default/my-policy", "default/my-policy"],
      ["MirrordProfile/default/my-profile", "default/my-profile"],
    ]);
  });
});

it.each([
  "10.0.0.1",
  "256.0.0.1",
  "1.2.3",
  "01.2.3.4",
  "1.2.3.4.",
  "::",
  "fd00::1",
  "::ffff:1.2.3.4",
  "fe80::1%eth0",
  "g::",
  "1::2::3",
  "",
  "a",
])("the page takes %j for an address where the server does", (text) => {
  expect([isIPv4(text), isIPv6(text)]).toEqual([node.isIPv4(text), node.isIPv6(text) && !text.includes("%")]);
});

it("the page looks up no address in a range", () => {
  const range = new BlockList();
  range.addSubnet("10.0.0.0", 8, "ipv4");
  expect(() => range.check("10.0.0.1", "ipv4")).toThrow("cannot look up");
});
