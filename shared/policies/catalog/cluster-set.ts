import { isPolicy } from "../../contract/catalog.ts";
import { matchesCluster } from "../clusters.ts";
import type { Cluster } from "../types.ts";
import { type ClusterRecord, currentName, type LeftObject } from "./cluster-record.ts";
import { type CatalogEntry, type EntryId, entryText } from "./entry.ts";
import type { Catalog } from "./read.ts";

/** What a cluster's agent puts into the cluster, and what it removes. Whatever is in neither list stays. */
export type ClusterSet = { entries: readonly CatalogEntry[]; remove: readonly LeftObject[] };

/**
 * The set of one cluster. Only these are removed: deleted entries; entries of which a change excluded the cluster, by the name that
 * the cluster had at that change; and what an admin asked to prune. So a cluster with a new name keeps what it has. Profiles come
 * before the policies that need them, and are removed after them.
 */
export const clusterSet = (catalog: Catalog, record: ClusterRecord): ClusterSet => {
  const cluster = clusterOf(record);
  const [own, others] = split(catalog.live, (entry) => matchesCluster(entry.clusters, cluster));
  const excluded = others.filter((entry) => isExcluded(entry, record) || isPruned(entry, record));
  const known = new Set([...catalog.live, ...catalog.deleted].map(entryText));
  const left = (record.pruned?.left ?? []).filter((object) => !known.has(entryText(object)));
  return {
    entries: [...own].sort((one, other) => Number(isPolicy(one.kind)) - Number(isPolicy(other.kind))),
    remove: [...[...catalog.deleted, ...excluded].map(objectOf), ...left].sort(
      (one, other) => Number(isPolicy(other.kind)) - Number(isPolicy(one.kind)),
    ),
  };
};

/** The entries that a cluster keeps although its name no longer matches. */
export const orphansOf = (catalog: Catalog, record: ClusterRecord): CatalogEntry[] => {
  const cluster = clusterOf(record);
  return catalog.live.filter(
    (entry) => !matchesCluster(entry.clusters, cluster) && wasFor(entry, record) && !isPruned(entry, record),
  );
};

export const clusterOf = (record: Pick<ClusterRecord, "clusterId" | "names">): Cluster => ({
  id: record.clusterId,
  name: currentName(record),
});

const objectOf = ({ kind, namespace, name, generation }: EntryId & { generation: number }): LeftObject => ({
  kind,
  namespace,
  name,
  generation,
});

// The last name that the agent used before the change. Before its first fetch nothing is known, so nothing was excluded.
const nameAt = ({ names }: ClusterRecord, revision: number): { name: string | undefined } | undefined =>
  names.findLast(({ from }) => from < revision);

const isExcluded = (entry: CatalogEntry, record: ClusterRecord): boolean => {
  const then = nameAt(record, entry.revision);
  return then !== undefined && !matchesCluster(entry.clusters, { id: record.clusterId, name: then.name });
};

const wasFor = (entry: CatalogEntry, record: ClusterRecord): boolean =>
  record.names.some(({ name }) => matchesCluster(entry.clusters, { id: record.clusterId, name })) &&
  !isExcluded(entry, record);

const isPruned = (entry: CatalogEntry, { pruned }: ClusterRecord): boolean =>
  pruned !== undefined && entry.revision <= pruned.revision;

const split = <T>(list: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] => {
  const [first, second]: [T[], T[]] = [[], []];
  for (const item of list) (isFirst(item) ? first : second).push(item);
  return [first, second];
};
