import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { CATALOG_LIMITS, CatalogPutBody } from "../../../../shared/contract/catalog.ts";
import { changeCatalog } from "../../../../shared/policies/catalog/commit.ts";
import type { CatalogEntry } from "../../../../shared/policies/catalog/entry.ts";
import { planChanges, type WantedChange, warningsOf } from "../../../../shared/policies/catalog/plan.ts";
import { readCatalog } from "../../../../shared/policies/catalog/read.ts";
import { createMemoryTable } from "../../../support/memory-table.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const pace = { now: () => NOW, random: () => 0, sleep: async () => {} };

/** Changes a catalog of its own. */
const catalog = () => {
  const table = createMemoryTable();
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const change = (wanted: WantedChange[]) =>
    changeCatalog(
      { table, pace, newId, retentionDays: 30 },
      wanted,
      { actor: "ana", now: NOW, deadline: NOW + 10_000 },
      { dryRun: false, readClusters: async () => [] },
    );
  return { table, change };
};

const spec = (bytes: number) => ({ block: [], targetPath: "*", env: { exclude: [], local: "x".repeat(bytes) } });
const id = (name: string) => ({ kind: "MirrordClusterPolicy" as const, namespace: null, name });
const put = (name: string, bytes = 10, clusters = ["*"]): WantedChange => ({
  ...id(name),
  action: "put",
  content: { spec: spec(bytes), clusters, allowUnknown: true },
  force: false,
  ifMatch: "*",
});
const create = (...args: Parameters<typeof put>): WantedChange => ({ ...put(...args), ifMatch: undefined });
const remove = (name: string): WantedChange => ({ ...id(name), action: "delete", ifMatch: "*" });

describe("a catalog", () => {
  it("remembers a deleted entry without its spec: each read of the catalog reads all of them for a year", async () => {
    const { table, change } = catalog();
    for (let n = 0; n < 10; n += 1) {
      await change([create(`p-${n}`, 30_000)]);
      await change([remove(`p-${n}`)]);
    }
    const { deleted } = await readCatalog(table, NOW);
    expect(deleted.map(({ name }) => name)).toHaveLength(10);
    expect(Buffer.byteLength(JSON.stringify(deleted))).toBeLessThan(10 * 1_000);
    const rows = table.items().filter(({ pk }) => pk === "CATALOG");
    expect(Buffer.byteLength(JSON.stringify(rows))).toBeLessThan(10 * 2_000);
  });

  it("counts the names of clusters as it counts specs", async () => {
    const { table, change } = catalog();
    const clusters = Array.from({ length: 10 }, (_, n) => `${n}`.padEnd(200, "c"));
    await change([create("a", 10), create("b", 10, clusters)]);
    expect((await readCatalog(table, NOW)).bytes).toBeGreaterThan(2_000);
  });

  it("takes names of clusters of so many bytes for an entry", () => {
    const faults = (clusters: string[]) =>
      v.safeParse(CatalogPutBody, { spec: { block: [] }, clusters }).issues?.map(({ message }) => message);
    expect(faults(Array.from({ length: 100 }, () => "x".repeat(80)))).toBeUndefined();
    expect(faults(Array.from({ length: 40 }, () => "語".repeat(80)))).toEqual([
      "must have at most 8192 bytes together",
    ]);
  });

  it("remembers at most 5,000 names, deleted ones included", async () => {
    const { table, change } = catalog();
    const names = Array.from({ length: CATALOG_LIMITS.names }, (_, n) => `n-${n}`);
    for (let from = 0; from < names.length; from += 500) {
      const some = names.slice(from, from + 20);
      await change(some.map((name) => create(name)));
      await change(some.map(remove));
    }
    const { deleted, ...rest } = await readCatalog(table, NOW);
    expect(deleted).toHaveLength(200);
    const crowded = { ...rest, deleted: names.map((name) => ({ ...(deleted[0] as CatalogEntry), name })) };

    const context = { actor: "ana", now: NOW, clusters: [], dryRun: false };
    expect(planChanges(crowded, [create("new")], context)).toEqual({
      kind: "refused",
      refusal: {
        kind: "full",
        detail:
          "The catalog would have 5001 names, those of entries deleted in the last year included; the limit is 5000. Use names again",
      },
    });
    expect(planChanges(crowded, [create("n-7")], context).kind).toBe("planned");
  });
});

describe("the warnings of an entry", () => {
  it("need no compiled patterns: a list of a thousand entries has them all", () => {
    const local = Array.from({ length: 25 }, (_, n) => `((a{1,30}){30}|b)${n}`);
    const entries = Array.from({ length: 200 }, (_, n) => ({
      ...({ ...id(`p-${n}`), clusters: ["*"], allowUnknown: false } as unknown as CatalogEntry),
      spec: { block: [], fs: { local: [...local, "(?=x)"] } },
    }));
    const before = process.cpuUsage().user;
    for (const entry of entries)
      expect(warningsOf(entry, entries, []).map(({ path }) => path)).toEqual(["spec.fs.local.25"]);
    // Compiling them took 30 s.
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(3_000);
  });
});
