import type { UserStart } from "../../../agent/wire/bodies.ts";

export type Target = UserStart["target"];

/** A cluster with one operator and its targets. */
export type Cluster = { name: string; targets: readonly Target[] };

const CLUSTERS = ["staging-eu", "staging-us", "dev", "preview", "integration", "sandbox"];
const NAMESPACES = ["shop", "payments", "identity", "logistics"];
const WORKLOADS: readonly (readonly [kind: string, name: string])[] = [
  ["deployment", "api"],
  ["deployment", "worker"],
  ["deployment", "frontend"],
  ["statefulset", "ledger"],
  ["rollout", "gateway"],
  ["cronjob", "nightly-sync"],
];

/** Clusters with the same namespaces, but not all of the same workloads. */
export const createClusters = (count: number): Cluster[] =>
  Array.from({ length: count }, (_, index) => ({
    name: index < CLUSTERS.length ? (CLUSTERS[index] ?? "") : `cluster-${index + 1}`,
    targets: NAMESPACES.flatMap((namespace, row) =>
      WORKLOADS.filter((_workload, column) => (row + column + index) % 3 !== 0).map(([kind, name]) => ({
        namespace,
        kind,
        name: `${namespace}-${name}`,
        container: name,
      })),
    ),
  }));
