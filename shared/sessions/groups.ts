import { MAX_TRANSACT_ITEMS } from "../store/table.ts";
import { rollupChanges } from "../usage/rollup-change.ts";
import type { Counting } from "./commit.ts";

/**
 * Packs sessions' writes so that each group, with the rollup rows it touches, fits into one transaction that has room for
 * `reserved` writes more.
 */
export const groupsOf = <T extends Counting>(plans: readonly T[], reserved = 0): T[][] => {
  const groups: T[][] = [];
  let group: T[] = [];
  let rows = new Set<string>();
  for (const plan of plans) {
    const names = rowsOf(plan);
    if (group.length + 1 + new Set([...rows, ...names]).size + reserved > MAX_TRANSACT_ITEMS) {
      groups.push(group);
      group = [];
      rows = new Set();
    }
    group.push(plan);
    rows = new Set([...rows, ...names]);
  }
  return group.length === 0 ? groups : [...groups, group];
};

const rowsOf = ({ added, removed }: Counting): string[] => {
  const changes = rollupChanges(added === undefined ? [] : [added], removed === undefined ? [] : [removed]);
  return changes.map(({ key }) => `${key.pk}|${key.sk}`);
};
