import { MAX_TRANSACT_ITEMS } from "../store/table.ts";
import { rollupChanges } from "../usage/rollup-change.ts";
import type { Counting } from "./commit.ts";

/**
 * Groups sessions' writes so that each group, with the rollup rows it touches, fits into one transaction with `reserved`
 * other writes. Sessions that count in the same rows come together, so that a group touches few rows.
 */
export const groupsOf = <T extends Counting>(plans: readonly T[], reserved = 0): T[][] =>
  packed(inOrderOfRows(plans), reserved);

/** A plan with the names of the rollup rows that it touches. */
export type PlanWithRows<T> = { plan: T; names: readonly string[] };

/** The same in the given order. */
export const packed = <T>(plans: readonly PlanWithRows<T>[], reserved = 0): T[][] => {
  const groups: T[][] = [];
  let group: T[] = [];
  let rows = new Set<string>();
  for (const { plan, names } of plans) {
    if (group.length + 1 + new Set([...rows, ...names]).size + reserved > MAX_TRANSACT_ITEMS) {
      groups.push(group);
      group = [];
      rows = new Set();
    }
    group.push(plan);
    for (const name of names) rows.add(name);
  }
  return group.length === 0 ? groups : [...groups, group];
};

const inOrderOfRows = <T extends Counting>(plans: readonly T[]): PlanWithRows<T>[] =>
  plans
    .map((plan) => ({ plan, names: rowsOf(plan) }))
    .sort((one, other) => compare(one.names.join(), other.names.join()));

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);

/** The names of the rollup rows that a session's write touches, and of the seat that it gives back. */
export const rowsOf = ({ added, removed, givesBack }: Counting): string[] => {
  const changes = rollupChanges(added === undefined ? [] : [added], removed === undefined ? [] : [removed]);
  const rows = changes.map(({ key }) => `${key.pk}|${key.sk}`);
  return givesBack === undefined ? rows : [...rows, `${givesBack.holds.book}|${givesBack.holds.seat}`];
};
