import { describe, expect, it } from "vitest";
import { changeCatalog } from "../../../../shared/policies/catalog/commit.ts";
import type { CatalogEntry } from "../../../../shared/policies/catalog/entry.ts";
import { specBytes } from "../../../../shared/policies/catalog/entry.ts";
import { historyOf } from "../../../../shared/policies/catalog/history.ts";
import type { WantedChange } from "../../../../shared/policies/catalog/plan.ts";
import { readCatalog } from "../../../../shared/policies/catalog/read.ts";
import { StoreUnavailable, type Table } from "../../../../shared/store/table.ts";
import { SEED } from "../../../support/deep.ts";
import { CLEAR, chance, stormy } from "../../../support/faulty-table.ts";
import { historyRuns } from "../../../support/history.ts";
import { createMemoryTable } from "../../../support/memory-table.ts";

/** How many histories of racing admins; more of them with HISTORIES=n. */
const RUNS = historyRuns(15);
const STEPS = 12;

const NOW = Date.parse("2026-11-28T12:00:00Z");
const NAMES = ["a", "b"];
const idOf = (name: string) => ({ kind: "MirrordClusterPolicy" as const, namespace: null, name });

type Done = { name: string; outcome: string; generation: number; etag: string; ifMatch: string | undefined };

/** An admin who reads an entry, changes it with what was read, and repeats the request until there is an answer. */
const admin = (actor: string, table: Table, random: () => number, newId: () => string, done: Done[]) => async () => {
  const pace = { now: () => NOW, random, sleep: async () => {} };
  const until = async <T>(work: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
  };
  for (let step = 0; step < STEPS; step += 1) {
    const name = NAMES[Math.floor(random() * NAMES.length)] as string;
    const { live } = await until(() => readCatalog(table, NOW));
    const ifMatch = live.find((entry) => entry.name === name)?.etag;
    const target = { ...idOf(name), ifMatch };
    const content = { spec: { block: [], targetPath: `${actor}-${step}` }, clusters: ["*"], allowUnknown: false };
    const wanted: WantedChange =
      ifMatch !== undefined && random() < 0.3
        ? { ...target, action: "delete" }
        : { ...target, action: "put", content, force: false };
    const plan = await until(() =>
      changeCatalog(
        { table, pace, newId, retentionDays: 30 },
        [wanted],
        { actor, now: NOW, deadline: NOW + 10_000 },
        { dryRun: false, readClusters: async () => [] },
      ),
    );
    if (plan.kind === "refused") continue;
    for (const { outcome, entry } of plan.results) done.push({ ...entry, outcome, ifMatch });
  }
};

describe("admins who change the catalog at once, with conflicts, outages and lost answers", () => {
  it(
    "lose no change of one another, and leave its revision, sizes, history and audit exact",
    async () => {
      for (let run = 0; run < RUNS; run += 1) {
        const random = chance(SEED * 1_000 + run);
        const memory = createMemoryTable();
        const storm = stormy(random, { conflict: 0.15, before: 0.05, after: 0.1 });
        const table = storm.around(memory);
        let ids = 0;
        const newId = () => {
          ids += 1;
          return `id-${ids}`;
        };
        const done: Done[] = [];
        await Promise.all(["ana", "ben", "cho"].map((actor) => admin(actor, table, random, newId, done)()));
        storm.state.weather = CLEAR;
        await expectExact(memory, done, `seed ${SEED}, run ${run}`);
      }
    },
    60_000 + 1_000 * RUNS,
  );
});

const expectExact = async (table: Table & ReturnType<typeof createMemoryTable>, done: Done[], what: string) => {
  const { live, deleted, revision, entries, bytes } = await readCatalog(table, NOW);
  const all: readonly CatalogEntry[] = [...live, ...deleted];
  expect(entries, what).toBe(live.length);
  expect(bytes, what).toBe(live.reduce((sum, entry) => sum + specBytes(entry), 0));
  const generations = all.reduce((sum, { generation }) => sum + generation, 0);
  expect(revision, what).toBe(generations);
  const rows = table.items().filter(({ pk }) => String(pk).startsWith("AUDIT"));
  const audited = rows.map(({ name, generation }) => `${name} ${generation}`).sort();
  const every = all.flatMap(({ name, generation }) => Array.from({ length: generation }, (_, n) => `${name} ${n + 1}`));
  expect(audited, what).toEqual(every.sort());
  for (const entry of all) {
    const history = await historyOf(table, entry);
    expect(history[0]?.etag, what).toBe(entry.etag);
    const known = new Map(history.map((one) => [one.generation, one]));
    for (const { name, outcome, generation, etag, ifMatch } of done) {
      if (name !== entry.name || outcome === "unchanged" || !known.has(generation)) continue;
      expect(known.get(generation)?.etag, what).toBe(etag);
      // It replaced what its admin had read.
      if (outcome !== "created" && known.has(generation - 1))
        expect(known.get(generation - 1)?.etag, what).toBe(ifMatch);
    }
  }
};
