import { expect, it } from "vitest";
import type { Table } from "../../../shared/store/table.ts";
import { recordedTable } from "../../../tools/bench/overhead/recorded-table.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const KEY = { pk: "A", sk: "1" };
const OTHER = { pk: "A", sk: "2" };

it("a recorded table answers what it answered last, without the table behind it", async () => {
  const memory = createMemoryTable();
  const { table, replay } = recordedTable(memory);
  const put = () => table.write({ kind: "put", item: { ...KEY, count: 1 } });
  const get = () => table.get(KEY, { consistent: true });
  expect(await get()).toBeUndefined();
  await put();
  expect(await get()).toMatchObject({ count: 1 });
  const all = await table.query({ partition: "A" });

  replay();
  await memory.write({ kind: "delete", key: KEY });

  expect(await get()).toMatchObject({ count: 1 });
  expect(await table.query({ partition: "A" })).toEqual(all);
  expect(await put()).toMatchObject({ outcome: "written" });
  expect(memory.items()).toEqual([]);
});

it.each<[string, (table: Table) => Promise<unknown>]>([
  ["another item", (table) => table.get(OTHER, { consistent: true })],
  ["another kind of write", (table) => table.write({ kind: "delete", key: KEY })],
  ["another transaction", (table) => table.transact([{ kind: "put", item: OTHER }])],
  ["another query", (table) => table.query({ partition: "B" })],
])("a recorded table fails where it is asked for %s than before", async (_, ask) => {
  const { table, replay } = recordedTable(createMemoryTable());
  await table.get(KEY, { consistent: true });
  await table.write({ kind: "put", item: KEY });
  replay();

  await expect(ask(table)).rejects.toThrow("never asked before");
});
