import { ALL_CLUSTERS } from "../contract/catalog.ts";
import { matchesGlob } from "../patterns/glob.ts";
import type { Cluster } from "./types.ts";

const BY_ID = "id:";

/** Whether an entry is for a cluster. `id:<cluster_id>` names it by its id; without a name, only that and `*` match. */
export const matchesCluster = (clusters: readonly string[], { id, name }: Cluster): boolean =>
  clusters.some((glob) => {
    if (glob === ALL_CLUSTERS) return true;
    if (glob.startsWith(BY_ID)) return id !== undefined && glob.slice(BY_ID.length) === id;
    return name !== undefined && matchesGlob(glob, name);
  });
