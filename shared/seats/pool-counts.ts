import { COMMON_POOL } from "../contract/keys.ts";
import type { Expression, Item } from "../store/table.ts";

/** The attribute of a counter that counts a pool's seats. */
export const attributeOf = (pool: string): string => (pool === COMMON_POOL ? pool : `pool_${pool}`);

/** Whether a book's counter counts pools. Once it does, it does for as long as the book lasts. */
export const countsPools = (counter: Item | undefined): boolean => counter?.["common"] !== undefined;

/** All pools that a book has seats in, also those whose reservation was removed. */
export const poolsIn = (counter: Item | undefined): string[] => [
  COMMON_POOL,
  ...Object.keys(counter ?? {}).flatMap((attribute) =>
    attribute.startsWith("pool_") && Number(counter?.[attribute]) > 0 ? [attribute.slice("pool_".length)] : [],
  ),
];

/** What a claim does to the counts of pools, and its condition. */
export type PoolPart = { set: Expression | undefined; condition: Expression };

/** A counter that counts no pools. */
export const NOT_COUNTED = "attribute_not_exists(common)";
/** A counter that counts pools. */
export const COUNTED = "attribute_exists(common)";

/** A claim in a book that counts no pools. */
export const NO_POOLS: PoolPart = { set: undefined, condition: { expression: NOT_COUNTED } };

/** The pools of a book for one claimer, by its counter. */
export type PoolsAt = {
  /** The pools that the claimer may have a seat of, the first one first. */
  tried: readonly string[];
  hasRoom: (pool: string) => boolean;
  /** What a claim in a pool counts; undefined in a book without pools. */
  claimPart: ((pool: string, overage: boolean) => PoolPart) | undefined;
  /** The condition of a take-over in a pool; undefined if none may be. */
  takeOverPart: (pool: string) => Expression | undefined;
};

/**
 * The part of an update that counts seats off, on condition that the book counts pools, or does not, as `isCounted` says.
 * `pools` names the pool of each seat; undefined is a common one.
 */
export const countedOff = (
  pools: readonly (string | undefined)[],
  isCounted: boolean,
): { expression: string; names?: Record<string, string>; values: Record<string, unknown>; condition: Expression } => {
  const values: Record<string, unknown> = { ":less": -pools.length };
  if (!isCounted) return { expression: "ADD claimed :less", values, condition: { expression: NOT_COUNTED } };
  const names: Record<string, string> = {};
  const parts = [...Map.groupBy(pools, (pool) => attributeOf(pool ?? COMMON_POOL))].map(([attribute, of], place) => {
    names[`#pool${place}`] = attribute;
    values[`:pool${place}`] = -of.length;
    return `, #pool${place} :pool${place}`;
  });
  return {
    expression: `ADD claimed :less${parts.join("")}`,
    names,
    values,
    condition: { expression: COUNTED },
  };
};
