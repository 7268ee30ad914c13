import type { EpochMs } from "../../../contract/time.ts";
import { addSessions, type Impact, noImpact } from "../../../policies/impact.ts";
import type { PolicyEntry } from "../../../policies/types.ts";
import { inParallel } from "../../../store/parallel.ts";
import type { Table } from "../../../store/table.ts";
import { dayPart, monthParts, visitRollups } from "../../../usage/read-rollups.ts";
import { usageRow } from "../../../usage/rollup-item.ts";
import { splitTimeframe } from "../../../usage/timeframe.ts";

/** This many pages of a megabyte are in memory at once. */
const READS_AT_ONCE = 4;

const UNNAMED = { id: undefined, name: undefined };

/**
 * The impact by the sums of whole days. Its cost grows with users, targets and days, not with sessions. The sums have no
 * facts, so it is the scope alone.
 */
export const rollupImpact = async (
  table: Table,
  draft: PolicyEntry,
  period: { from: EpochMs; to: EpochMs },
): Promise<Impact> => {
  const impact = noImpact();
  const { months, days } = splitTimeframe(period.from, period.to);
  await inParallel([...months.flatMap(monthParts), ...days.map(dayPart)], READS_AT_ONCE, (part) =>
    visitRollups(table, part, (item) => {
      const { namespace, targetKind, targetName, sessions } = usageRow(item);
      addSessions(impact, draft, {
        cluster: UNNAMED,
        target: { namespace, kind: targetKind, name: targetName },
        facts: undefined,
        labels: undefined,
        copyTarget: undefined,
        sessions,
      });
    }),
  );
  return impact;
};
