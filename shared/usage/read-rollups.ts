import { ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import type { Item, Table } from "../store/table.ts";
import { usageRow } from "./rollup-item.ts";
import type { UsageRow } from "./row.ts";

/** The rollup rows of a day (`yyyy-mm-dd`) or a month (`yyyy-mm`), shard by shard. */
export const readRollups = async (table: Table, period: string): Promise<UsageRow[]> => {
  const rows: UsageRow[] = [];
  await visitRollups(table, period, (item) => rows.push(usageRow(item)));
  return rows;
};

/** The same item by item, with no more than a page of them in memory. */
export const visitRollups = async (table: Table, period: string, visit: (item: Item) => void): Promise<void> => {
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({
      partition: rollupPartition(period),
      range: { prefix: ROLLUP_PREFIX },
      startKey,
    });
    for (const item of page.items) visit(item);
    startKey = page.next;
  } while (startKey !== undefined);
};
