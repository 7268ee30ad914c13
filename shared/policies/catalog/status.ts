import type { EpochMs } from "../../contract/time.ts";
import { agentClusterId } from "../../operators/agent.ts";
import { listOperators } from "../../operators/list.ts";
import { isSilent, type Operator } from "../../operators/operator.ts";
import type { Table } from "../../store/table.ts";
import { type ClusterRecord, currentName, type EntryStatus, listClusterRecords } from "./cluster-record.ts";
import { type CatalogRevision, readRevision } from "./read.ts";

/** How far a cluster is with the catalog. */
export const CLUSTER_STATES = [
  "applied",
  "catalog_went_back",
  "other_catalog",
  "away",
  "behind",
  "silent",
  "never_reported",
] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

export type ClusterStatus = {
  clusterId: string;
  name: string | undefined;
  state: ClusterState;
  /** The revision in force there. */
  inForce: number | undefined;
  since: EpochMs | undefined;
  reportedAt: EpochMs | undefined;
  hasDuplicateName: boolean;
  /** What is not applied. */
  entries: readonly EntryStatus[];
};

/** The catalog's revision, and the clusters whose agents apply the catalog or did so, by their ids. */
export const catalogStatus = async (
  table: Table,
  staleMs: number,
  now: EpochMs,
): Promise<{ revision: CatalogRevision; clusters: ClusterStatus[] }> => {
  const [revision, records, operators] = await Promise.all([
    readRevision(table, { consistent: true }),
    listClusterRecords(table),
    listOperators(table),
  ]);
  const agents = new Map(operators.flatMap((operator) => entryOf(operator)));
  const ids = [...new Set([...records.map(({ clusterId }) => clusterId), ...agents.keys()])].sort();
  const known = new Map(records.map((record) => [record.clusterId, record]));
  const clusters = ids.map((clusterId) =>
    statusOf(clusterId, known.get(clusterId), agents.get(clusterId), revision, { staleMs, now }),
  );
  const named = Map.groupBy(clusters, ({ name }) => name);
  return {
    revision,
    clusters: clusters.map((cluster) => ({
      ...cluster,
      hasDuplicateName: cluster.name !== undefined && (named.get(cluster.name)?.length ?? 0) > 1,
    })),
  };
};

const entryOf = (operator: Operator): [string, Operator][] => {
  const clusterId = agentClusterId(operator.instanceId);
  return clusterId !== undefined && operator.agent?.appliesCatalog === true && !operator.givenUp
    ? [[clusterId, operator]]
    : [];
};

const statusOf = (
  clusterId: string,
  record: ClusterRecord | undefined,
  agent: Operator | undefined,
  revision: CatalogRevision,
  { staleMs, now }: { staleMs: number; now: EpochMs },
): ClusterStatus => {
  const status = record?.status;
  const common = {
    clusterId,
    name: agent?.cluster ?? (record && currentName(record)),
    inForce: status?.revision,
    reportedAt: status?.reportedAt,
    hasDuplicateName: false,
    entries: status?.entries ?? [],
  };
  if (agent === undefined || isSilent(agent, staleMs, now))
    return { ...common, state: "silent", since: agent?.lastHeartbeat ?? status?.reportedAt };
  if (status === undefined) return { ...common, state: "never_reported", since: agent.firstSeen };
  if (status.state === "applied" && status.revision < revision.revision)
    return { ...common, state: "behind", since: revision.changedAt };
  return { ...common, state: status.state, since: status.stateSince };
};
