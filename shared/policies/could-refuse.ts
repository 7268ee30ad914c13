import { type CatalogKind, isPolicy } from "../contract/catalog.ts";
import type { PolicySpec } from "../contract/policy-spec.ts";
import { matchesCluster } from "./clusters.ts";
import type { Cluster, PolicyEntry } from "./types.ts";

/** Whether some policy of a cluster could refuse a session. It needs no engine of regular expressions. */
export const couldRefuse = (entries: readonly PolicyEntry[], cluster: Cluster): boolean =>
  entries.some(
    (entry) => isPolicy(entry.kind as CatalogKind) && limitsStarts(entry) && matchesCluster(entry.clusters, cluster),
  );

const limitsStarts = ({ spec }: PolicyEntry): boolean => {
  const { block, network, requireProfile, profileAllowlist } = spec as PolicySpec;
  return (
    block.length > 0 ||
    typeof network?.incoming?.httpFilter?.headerFilter === "string" ||
    requireProfile === true ||
    Array.isArray(profileAllowlist)
  );
};
