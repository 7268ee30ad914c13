import { globCovers } from "../policy-oracle/glob.ts";
import type { Reservation } from "./settings.ts";

/** The pool of the seats that nobody has reserved. */
export const COMMON = "";

/** How many seats each pool may have; null: any number. */
export type Caps = ReadonlyMap<string, number | null>;

/** Pools are cut in the order of the configuration, and all get what is left. */
export const capsOf = (reservations: readonly Reservation[], max: number | null): Caps => {
  const caps = new Map<string, number | null>();
  let left = max;
  for (const { name, seats } of reservations) {
    const cap = left === null ? seats : Math.min(seats, left);
    caps.set(name, cap);
    if (left !== null) left -= cap;
  }
  return caps.set(COMMON, left);
};

/** The pools that a session may take a seat of, its own first: the first reservation that names its user. */
export const poolsOf = (
  reservations: readonly Reservation[],
  { user, namespace }: { user: string; namespace: string },
): readonly string[] => {
  const own = reservations.find(
    ({ users, namespaces }) => covers(users, user) && (namespaces === undefined || covers(namespaces, namespace)),
  );
  return own === undefined ? [COMMON] : [own.name, COMMON];
};

const covers = (globs: readonly string[], text: string): boolean => globs.some((glob) => globCovers(glob, text));
