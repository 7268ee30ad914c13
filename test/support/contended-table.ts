import type { Key } from "../../shared/contract/keys.ts";
import { type Pace, retrying } from "../../shared/store/retry.ts";
import type { Table, Write } from "../../shared/store/table.ts";

/** How long things take, in milliseconds, and what a partition bears. */
export type Contention = {
  /** A request or its answer on its way. */
  travelMs: number;
  /** A transaction holds its items so long, half of it at the least and half as much again at the most. */
  holdMs: number;
  /** Write units a second that one partition bears, a second's worth of them at once. */
  unitsPerSecond: number;
};

/** DynamoDB's own limit (developer guide, "Burst and adaptive capacity"), with transactions as slow as they should ever be. */
export const DYNAMODB: Contention = { travelMs: 2, holdMs: 10, unitsPerSecond: 1_000 };

export type Contended = { table: Table; counts: { transactions: number; conflicts: number; throttled: number } };

/**
 * A table on which many meet as they do in DynamoDB: while a transaction is at an item, every other transaction and every
 * write that comes for it is refused with a conflict (developer guide, "Transaction conflict handling in DynamoDB"), and a
 * partition that is written to too much refuses, too. What is in conflict counts for its load, as a failed condition does.
 */
export const contendedTable = (
  table: Table,
  pace: Pace,
  { travelMs, holdMs, unitsPerSecond }: Contention,
): Contended => {
  const held = new Set<string>();
  const counts = { transactions: 0, conflicts: 0, throttled: 0 };
  const buckets = new Map<string, { units: number; at: number }>();

  const bears = (partition: string, units: number): boolean => {
    const now = pace.now();
    const before = buckets.get(partition) ?? { units: unitsPerSecond, at: now };
    const left = Math.min(unitsPerSecond, before.units + ((now - before.at) * unitsPerSecond) / 1_000);
    const enough = left >= units;
    buckets.set(partition, { units: enough ? left - units : left, at: now });
    return enough;
  };

  const isRefused = (names: readonly string[], partitions: readonly string[], unitsEach: number): boolean => {
    const loads = Object.entries(Object.groupBy(partitions, (partition) => partition));
    const throttled = loads.filter(([partition, all]) => !bears(partition, unitsEach * (all?.length ?? 0))).length > 0;
    const conflict = names.some((name) => held.has(name));
    if (throttled) counts.throttled += 1;
    else if (conflict) counts.conflicts += 1;
    return throttled || conflict;
  };

  const travelled = async <T>(work: () => Promise<T>): Promise<T> => {
    await pace.sleep(travelMs);
    const result = await work();
    await pace.sleep(travelMs);
    return result;
  };

  return {
    counts,
    table: {
      get: (...args) => travelled(() => table.get(...args)),
      batchGet: (...args) => travelled(() => table.batchGet(...args)),
      query: (...args) => travelled(() => table.query(...args)),
      queryPage: (...args) => travelled(() => table.queryPage(...args)),
      batchPut: (...args) => travelled(() => table.batchPut(...args)),
      // A plain write holds nothing, and the table itself tries it again.
      write: (write) =>
        retrying(pace, pace.now() + 10_000, () =>
          travelled(async () => {
            const { pk } = keyOf(write);
            return isRefused([nameOf(write)], [pk], 1) ? undefined : table.write(write);
          }),
        ),
      transact: (writes) =>
        travelled(async () => {
          counts.transactions += 1;
          const names = writes.map(nameOf);
          const partitions = writes.map((write) => keyOf(write).pk);
          if (isRefused(names, partitions, 2)) return { outcome: "conflict" };
          for (const name of names) held.add(name);
          await pace.sleep(holdMs * (0.5 + pace.random()));
          for (const name of names) held.delete(name);
          return table.transact(writes);
        }),
    },
  };
};

const keyOf = (write: Write): Key => (write.kind === "put" ? write.item : write.key);

const nameOf = (write: Write): string => {
  const { pk, sk } = keyOf(write);
  return `${pk}|${sk}`;
};
