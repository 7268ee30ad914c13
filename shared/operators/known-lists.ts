import { digestOf, type LiveDigest } from "./live-set.ts";

/** The most ids that are kept, over all operators: some megabytes. */
const MAX_IDS = 50_000;

type KnownList = { ids: readonly string[]; set: ReadonlySet<string> };

/** What this process knows of the list that an operator sent last. */
export type KnownLists = (instanceId: string, ids: readonly string[]) => ReadonlySet<string>;

/**
 * Returns lists of ids as sets. An operator mostly sends the same list again: then the set of the last time is returned,
 * whose digest is known. Otherwise the digest is computed from the ids that differ. A set that is returned must not be
 * changed.
 */
export const knownLists = (): KnownLists => {
  const lists = new Map<string, KnownList>();
  let kept = 0;
  const forget = (instanceId: string): void => {
    kept -= lists.get(instanceId)?.ids.length ?? 0;
    lists.delete(instanceId);
  };
  return (instanceId, ids) => {
    const last = lists.get(instanceId);
    if (last !== undefined && isSame(last.ids, ids)) return last.set;
    const set = new Set(ids);
    digests.set(set, last === undefined ? digestOf(set) : movedDigest(last.set, set));
    forget(instanceId);
    if (ids.length <= MAX_IDS) {
      lists.set(instanceId, { ids, set });
      kept += ids.length;
    }
    // The operator whose list changed longest ago goes first.
    for (const oldest of lists.keys()) {
      if (kept <= MAX_IDS) break;
      forget(oldest);
    }
    return set;
  };
};

const digests = new WeakMap<ReadonlySet<string>, LiveDigest>();

/** The digest of a list, which is known if it came from `knownLists`. */
export const digestOfList = (list: ReadonlySet<string>): LiveDigest => digests.get(list) ?? digestOf(list);

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((id, index) => id === other[index]);

// Sums of 40-bit hashes are exact, so the order in which they are added makes no difference.
const movedDigest = (from: ReadonlySet<string>, to: ReadonlySet<string>): LiveDigest => {
  const [gone, come] = [without(from, to), without(to, from)];
  if (gone.length + come.length >= to.size) return digestOf(to);
  return { count: to.size, sum: digestOfList(from).sum - digestOf(gone).sum + digestOf(come).sum };
};

const without = (ids: ReadonlySet<string>, others: ReadonlySet<string>): string[] =>
  [...ids].filter((id) => !others.has(id));
