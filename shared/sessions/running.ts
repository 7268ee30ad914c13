import { liveList } from "../contract/keys.ts";
import type { Operator } from "../operators/operator.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";

const READS_AT_ONCE = 8;

/** How many CI sessions are live at these operators. Operators without live sessions are not read. */
export const countRunningCi = async (table: Table, operators: readonly Operator[]): Promise<number> => {
  let running = 0;
  const busy = operators.filter(({ digest }) => digest.count > 0);
  await inParallel(busy, READS_AT_ONCE, async ({ instanceId }) => {
    const items = await table.query({ partition: liveList(instanceId), index: true });
    running += items.filter((item) => item["ci"] === true).length;
  });
  return running;
};
