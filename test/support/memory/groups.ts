import type { Stored } from "./values.ts";

type Group = { items: Map<string, Stored>; order: readonly string[] | undefined };

/** Items that lie together under one partition key, each by an id, read in the order of a comparison. */
export type Groups = {
  get(group: string, id: string): Stored | undefined;
  set(group: string, id: string, item: Stored): void;
  delete(group: string, id: string): void;
  /** The items of a group in their order. */
  list(group: string): readonly Stored[];
  all(): Iterable<Stored>;
};

export const createGroups = (compare: (one: Stored, other: Stored) => number): Groups => {
  const groups = new Map<string, Group>();

  const ordered = (group: Group): readonly string[] => {
    group.order ??= [...group.items].sort(([, one], [, other]) => compare(one, other)).map(([id]) => id);
    return group.order;
  };

  return {
    get: (group, id) => groups.get(group)?.items.get(id),
    set(name, id, item) {
      const group = groups.get(name);
      if (group === undefined) {
        groups.set(name, { items: new Map([[id, item]]), order: undefined });
        return;
      }
      const before = group.items.get(id);
      if (before === undefined || compare(before, item) !== 0) group.order = undefined;
      group.items.set(id, item);
    },
    delete(name, id) {
      const group = groups.get(name);
      if (group === undefined || !group.items.delete(id)) return;
      group.order = undefined;
      if (group.items.size === 0) groups.delete(name);
    },
    list(name) {
      const group = groups.get(name);
      if (group === undefined) return [];
      return ordered(group)
        .map((id) => group.items.get(id))
        .filter((item) => item !== undefined);
    },
    *all() {
      for (const { items } of groups.values()) yield* items.values();
    },
  };
};
