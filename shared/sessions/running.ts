import { liveList } from "../contract/keys.ts";
import type { Operator } from "../operators/operator.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import type { MachinePeaks } from "../usage/peaks.ts";
import { kindOfSession, sessionRecord } from "./record.ts";

const READS_AT_ONCE = 8;

/** How many machine sessions are live at these operators. Operators without live sessions are not read. */
export const countRunningMachines = async (table: Table, operators: readonly Operator[]): Promise<MachinePeaks> => {
  const running = { ci: 0, preview: 0 };
  const busy = operators.filter(({ digest }) => digest.count > 0);
  await inParallel(busy, READS_AT_ONCE, async ({ instanceId }) => {
    const items = await table.query({ partition: liveList(instanceId), index: true });
    for (const item of items) {
      const kind = kindOfSession(sessionRecord(item));
      if (kind !== "user") running[kind] += 1;
    }
  });
  return running;
};
