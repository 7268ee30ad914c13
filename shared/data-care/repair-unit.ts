import { type Pace, retrying } from "../store/retry.ts";
import { StoreUnavailable, type Table, type Write } from "../store/table.ts";
import { markDay } from "../usage/marks.ts";
import { asRead, replacementWrite } from "../usage/rollup-item.ts";
import { differs, type RollupUnit, rowKey } from "./rollup-units.ts";

const PATIENCE_MS = 10_000;

/**
 * Corrects the rows of a unit in one transaction, each on condition that it is as it was read. Returns false, and
 * writes nothing, if traffic changed them meanwhile.
 */
export const repairUnit = async (table: Table, pace: Pace, unit: RollupUnit): Promise<boolean> => {
  const writes = [...unit.rows].flatMap(([period, row]): Write[] => {
    const change = { key: rowKey(unit, period), period, ...unit, added: [], removed: [] };
    if (differs(row)) return [replacementWrite(change, row.should, row.is)];
    // Every count changes the month's row. If that is unchanged, so are the rows of its days.
    return period === unit.month ? [{ kind: "check", key: rowKey(unit, period), condition: asRead(row.is) }] : [];
  });
  // The figures of a closed day come from its rows.
  const days = [...unit.rows].filter(([period, row]) => period !== unit.month && differs(row));
  for (const [day] of days) await markDay(table, day, pace.now());
  try {
    return await retrying(pace, pace.now() + PATIENCE_MS, async () => {
      const { outcome } = await table.transact(writes);
      return outcome === "conflict" ? undefined : outcome === "committed";
    });
  } catch (error) {
    // Too much traffic. An outage shows at the next read.
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
};
