import { ENTRY_STATES } from "../../contract/catalog.ts";
import type { EpochMs } from "../../contract/time.ts";
import type { Table } from "../../store/table.ts";
import { readRevision } from "./read.ts";
import { CLUSTER_STATES, type ClusterStatus, catalogStatus } from "./status.ts";

/**
 * How many clusters are in each state of the catalog, for the metrics. `applied`: everything is applied there. A cluster with
 * several troubles counts in each of them. Without a catalog all are 0, which costs half a read unit.
 */
export const readApplyStates = async (table: Table, staleMs: number, now: EpochMs): Promise<Record<string, number>> => {
  const { catalogId } = await readRevision(table, { consistent: false });
  const clusters = catalogId === undefined ? [] : (await catalogStatus(table, staleMs, now)).clusters;
  const counts = Object.fromEntries([...CLUSTER_STATES, ...ENTRY_STATES].map((state): [string, number] => [state, 0]));
  for (const cluster of clusters) for (const state of statesOf(cluster)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

const statesOf = ({ state, entries, hasDuplicateName }: ClusterStatus): Set<string> => {
  const troubles = [
    ...(state === "applied" ? [] : [state]),
    ...entries.map((entry) => entry.state),
    ...(hasDuplicateName ? ["duplicate_name"] : []),
  ];
  return new Set(troubles.length === 0 ? ["applied"] : troubles);
};
