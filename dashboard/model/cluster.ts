import type { OperatorListResponse } from "../../shared/contract/responses.ts";

export type Operator = OperatorListResponse["operators"][number];

/** An agent reports its view of the cluster with each heartbeat, so an older one means that it cannot see the cluster. */
const OLD_VIEW_SECONDS = 5 * 60;

/** The agents, one per cluster, and the operators that call the server themselves. */
export const clustersAndOperators = (
  all: readonly Operator[],
): { clusters: readonly Operator[]; operators: readonly Operator[] } => ({
  clusters: all.filter(({ kind }) => kind === "agent"),
  operators: all.filter(({ kind }) => kind !== "agent"),
});

/** How many seconds ago an agent last saw its whole cluster, never below 0; undefined if it has not yet. `now` is in milliseconds. */
export const viewAgeSeconds = ({ agent }: Operator, now: number): number | undefined => {
  const observedAt = agent?.observed_at ?? null;
  return observedAt === null ? undefined : Math.max(0, (now - Date.parse(observedAt)) / 1_000);
};

export type ClusterState = Operator["state"] | "old data" | "no data";

/** What is known of a cluster. With old data or none, its agent sends heartbeats, but cannot see the cluster. */
export const clusterState = (cluster: Operator, now: number): ClusterState => {
  if (cluster.state !== "active") return cluster.state;
  const age = viewAgeSeconds(cluster, now);
  if (age === undefined) return "no data";
  return age > OLD_VIEW_SECONDS ? "old data" : "active";
};

/** What the agent does beyond counting. */
export const clusterModes = ({ agent }: Operator): readonly string[] => [
  agent?.enforces === true ? "enforces seats" : "counts only",
  ...(agent?.kills_previews === true ? ["stops previews"] : []),
];
