import { operatorKey } from "../contract/keys.ts";
import { operatorFrom } from "../operators/operator.ts";
import type { Cluster } from "../policies/types.ts";
import type { Item, Table } from "../store/table.ts";

/**
 * The clusters of operators, as their items name them. Each start and end returns the operator's item, so what is held is at most
 * one session old.
 */
export type Clusters = {
  /** The cluster of an operator; without id and name if the operator is not known. Half a read unit, if it is not held. */
  of(instanceId: string): Promise<Cluster>;
  /** What a write has returned of operators. */
  learn(items: Iterable<Item | undefined>): void;
};

const MAX_HELD = 2_000;

export const heldClusters = (table: () => Pick<Table, "get">): Clusters => {
  const held = new Map<string, Cluster>();
  const learn = (item: Item | undefined): Cluster | undefined => {
    if (item === undefined) return undefined;
    const { instanceId, cluster, clusterId } = operatorFrom(item);
    if (held.size >= MAX_HELD) held.clear();
    const known = { id: clusterId, name: cluster };
    held.set(instanceId, known);
    return known;
  };
  return {
    learn: (items) => {
      for (const item of items) learn(item);
    },
    async of(instanceId) {
      const known = held.get(instanceId);
      if (known !== undefined) return known;
      return (
        learn(await table().get(operatorKey(instanceId), { consistent: false })) ?? { id: undefined, name: undefined }
      );
    },
  };
};
