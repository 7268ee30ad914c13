import { expect, it } from "vitest";
import { catalogRevisionKey } from "../../../../shared/contract/keys.ts";
import { SECOND_MS } from "../../../../shared/contract/time.ts";
import { recentRevision } from "../../../../shared/policies/catalog/revisions.ts";
import { createMemoryTable } from "../../../support/memory-table.ts";

it("the catalog's revision is read again after ten seconds, also where the clock went back in between", async () => {
  const table = createMemoryTable();
  const clock = { now: 1_000 * SECOND_MS };
  const store = (revision: number) =>
    table.write({ kind: "put", item: { ...catalogRevisionKey, catalogId: "c", revision, entries: 0, bytes: 0 } });
  const recent = recentRevision(
    () => table,
    () => clock.now,
  );
  await store(1);
  expect(await recent()).toBe(1);
  await store(2);
  clock.now += 10 * SECOND_MS - 1;
  expect(await recent()).toBe(1);
  clock.now += 1;
  expect(await recent()).toBe(2);
  await store(3);
  clock.now -= 500 * SECOND_MS;
  expect(await recent()).toBe(3);
});
