import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { firstClosable, lastClosable } from "../usage/closing.ts";
import { listDirtyDays, readMarks } from "../usage/marks.ts";

/**
 * How long the day that has waited longest has waited to be closed, in seconds; 0 if none waits. A day waits from its
 * end, and again from the late event that touched it.
 */
export const dayCloseLagSeconds = async (table: Table, now: EpochMs, retentionDays: number): Promise<number> => {
  const [first, last] = [firstClosable(now, retentionDays), lastClosable(now)];
  const days = (await listDirtyDays(table)).filter((day) => day >= first && day <= last);
  const since = [...(await readMarks(table, days)).values()].map((dirtyAt) => Date.parse(dirtyAt));
  return Math.max(0, ...since.map((at) => Math.floor((now - at) / SECOND_MS)));
};
