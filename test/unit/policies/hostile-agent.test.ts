import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  CATALOG_LIMITS,
  CatalogStatus,
  type CatalogStatusInput,
  MAX_STATUS_MESSAGE,
} from "../../../shared/contract/catalog.ts";
import { listClusterRecords, recordStatus } from "../../../shared/policies/catalog/cluster-record.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

const status = (changes: object = {}) => ({
  catalog_id: "c-1",
  revision: 3,
  state: "applied",
  entries: [],
  ...changes,
});

const name = (n: number) => [`${n}`.padStart(61, "0"), ...["b", "c", "d"].map((part) => part.repeat(63))].join(".");

/** The most that an agent may say, in the characters that need most bytes. */
const largest = (): CatalogStatusInput =>
  v.parse(
    CatalogStatus,
    status({
      catalog_id: "語".repeat(128),
      state: "catalog_went_back",
      entries: Array.from({ length: CATALOG_LIMITS.statusEntries }, (_, n) => ({
        kind: "MirrordPolicy",
        name: name(n),
        namespace: "a".repeat(63),
        state: "duplicate_name",
        generation_in_force: 1_000_000_000_000,
        message: "語".repeat(MAX_STATUS_MESSAGE),
        since: "2026-11-28T11:00:00Z",
      })),
    }),
  );

describe("a hostile agent", () => {
  it("writes its report twice at most, each of less than the 250 units of its item", async () => {
    const table = createMemoryTable();
    let written = 0;
    const counting = {
      ...table,
      write: (...args: Parameters<typeof table.write>) => {
        written += 1;
        return table.write(...args);
      },
    };
    await recordStatus(counting, "cluster-1", largest(), NOW);
    await recordStatus(counting, "cluster-1", largest(), NOW + 1);
    expect(written).toBe(3);
  });

  it("reports no more than an item can hold beside what is stored already", async () => {
    const table = createMemoryTable();
    await recordStatus(table, "cluster-1", largest(), NOW);
    const [record] = await listClusterRecords(table);
    expect(record?.status?.entries).toHaveLength(CATALOG_LIMITS.statusEntries);
    const bytes = Buffer.byteLength(JSON.stringify(record));
    // Names of the cluster, and what an admin pruned, are in the same item.
    expect(bytes).toBeLessThan(250 * 1024);
    expect(record?.status?.entries[0]?.message).toMatch(/^語+…$/);
  });

  it("reports no revision and no generation after which numbers are no longer exact", () => {
    const faultsOf = (given: object) => v.safeParse(CatalogStatus, given).issues?.map(({ message }) => message);
    for (const revision of [Number.MAX_SAFE_INTEGER, 1_000_000_000_001])
      expect(faultsOf(status({ revision }))).toEqual(["must be at most 1000000000000"]);
    const entry = { kind: "MirrordClusterPolicy", name: "a", state: "pending", since: "2026-11-28T11:00:00Z" };
    expect(faultsOf(status({ entries: [{ ...entry, generation_in_force: Number.MAX_SAFE_INTEGER }] }))).toEqual([
      "must be at most 1000000000000",
    ]);
  });
});
