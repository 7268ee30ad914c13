import { type ClusterRecord, listClusterRecords } from "../../../policies/catalog/cluster-record.ts";
import { clusterOf } from "../../../policies/catalog/cluster-set.ts";
import type { CatalogCall, CatalogDeps } from "../../../policies/catalog/commit.ts";
import type { EntryContent } from "../../../policies/catalog/entry.ts";
import type { Cluster } from "../../../policies/types.ts";
import { actorOf } from "../../actor.ts";
import type { Call } from "../../handler.ts";
import type { Runtime } from "../../runtime.ts";

export const catalogDeps = ({ table, pace, newId, env }: Runtime): CatalogDeps => ({
  table,
  pace,
  newId,
  retentionDays: env.RETENTION_SESSIONS_DAYS,
});

export const catalogCall = (call: Call): CatalogCall => ({
  actor: actorOf(call),
  now: call.now,
  deadline: call.deadline,
});

/** The clusters that the warnings about some entries need: none if no entry has an allow-list. */
export const clustersFor = async (
  { table }: Pick<Runtime, "table">,
  contents: readonly Pick<EntryContent, "spec">[],
): Promise<Cluster[]> => {
  if (!contents.some(({ spec }) => Array.isArray(spec["profileAllowlist"]))) return [];
  const records: ClusterRecord[] = await listClusterRecords(table);
  return records.filter(({ names }) => names.length > 0).map(clusterOf);
};
