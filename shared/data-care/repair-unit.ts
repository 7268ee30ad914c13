import { type Pace, retrying } from "../store/retry.ts";
import { StoreUnavailable, type Table, type Write } from "../store/table.ts";
import { markDay } from "../usage/marks.ts";
import { asRead, replacementWrite } from "../usage/rollup-item.ts";
import { differs, type RollupUnit, rowKey } from "./rollup-units.ts";

const PATIENCE_MS = 10_000;

/**
 * Sets the rows of a unit to what they should be, all in one transaction and each on condition that it is as it was
 * read. False where traffic was at them meanwhile: nothing is written then.
 */
export const repairUnit = async (table: Table, pace: Pace, unit: RollupUnit): Promise<boolean> => {
  const writes = [...unit.rows].flatMap(([period, row]): Write[] => {
    const change = { key: rowKey(unit, period), period, ...unit, added: [], removed: [] };
    if (differs(row)) return [replacementWrite(change, row.should, row.is)];
    // Every count moves the month's row, so that it is as it was tells that the days' rows are, too.
    return period === unit.month ? [{ kind: "check", key: rowKey(unit, period), condition: asRead(row.is) }] : [];
  });
  // What a closed day fixes was taken from its rows.
  const days = [...unit.rows].filter(([period, row]) => period !== unit.month && differs(row));
  for (const [day] of days) await markDay(table, day, pace.now());
  try {
    return await retrying(pace, pace.now() + PATIENCE_MS, async () => {
      const { outcome } = await table.transact(writes);
      return outcome === "conflict" ? undefined : outcome === "committed";
    });
  } catch (error) {
    // Too much going on here; an outage shows at the next read.
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
};
