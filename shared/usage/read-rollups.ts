import { ROLLUP_PREFIX, rollupPartition } from "../contract/keys.ts";
import type { Item, Query, Table } from "../store/table.ts";
import { usageRow } from "./rollup-item.ts";
import type { UsageRow } from "./row.ts";

/** A part of a day's or a month's rollups that is read alone, page after page. */
export type RollupPart = { period: string; range: NonNullable<Query["range"]> };

/**
 * A month in quarters that are read in parallel: the month of a large team has many pages. Sort keys begin with a hash
 * in base64url. In the table's order, each quarter has 16 letters of that alphabet, and no row is on a border.
 */
export const monthParts = (month: string): RollupPart[] =>
  BORDERS.slice(1).map((to, place) => ({ period: month, range: { from: BORDERS[place] ?? to, to } }));

// `-0…E`, `F…U`, `V…Z_a…j`, `k…z`; behind `#` comes `$`.
const BORDERS = ["", "F", "V", "k"].map((letter) => `${ROLLUP_PREFIX}${letter}`).concat("ROLLUP$");

export const dayPart = (day: string): RollupPart => ({ period: day, range: { prefix: ROLLUP_PREFIX } });

/** The rollup rows of a day (`yyyy-mm-dd`) or a month (`yyyy-mm`), shard by shard. */
export const readRollups = async (table: Table, period: string): Promise<UsageRow[]> => {
  const rows: UsageRow[] = [];
  await visitRollups(table, { period, range: { prefix: ROLLUP_PREFIX } }, (item) => rows.push(usageRow(item)));
  return rows;
};

/** Visits the rows of a part, item by item, with at most one page in memory. */
export const visitRollups = async (
  table: Table,
  { period, range }: RollupPart,
  visit: (item: Item) => void,
): Promise<void> => {
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({ partition: rollupPartition(period), range, startKey });
    for (const item of page.items) visit(item);
    startKey = page.next;
  } while (startKey !== undefined);
};
