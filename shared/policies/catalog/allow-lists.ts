import { isPolicy } from "../../contract/catalog.ts";
import type { Fault } from "../../contract/problems.ts";
import { matchesCluster } from "../clusters.ts";
import type { Cluster } from "../types.ts";
import type { CatalogEntry, EntryContent, EntryId } from "./entry.ts";

/**
 * The names in a policy's allow-list that no profile of the catalog has, in all or in some of the known clusters of the policy. A
 * cluster may have such a profile from elsewhere, so these are warnings.
 */
export const allowListWarnings = (
  policy: EntryId & EntryContent,
  live: readonly CatalogEntry[],
  clusters: readonly Cluster[],
): Fault[] => {
  if (!isPolicy(policy.kind)) return [];
  const own = clusters.filter((cluster) => matchesCluster(policy.clusters, cluster));
  return namesIn(policy).flatMap((name, index): Fault[] => {
    const profiles = live.filter((entry) => isProfile(entry, name));
    const path = `spec.profileAllowlist.${index}`;
    if (profiles.length === 0) return [{ path, message: `the catalog has no profile ${name}` }];
    const lacking = own.filter((cluster) => !profiles.some((profile) => matchesCluster(profile.clusters, cluster)));
    return lacking.length === 0
      ? []
      : [{ path, message: `the catalog has no profile ${name} for ${describeClusters(lacking)}` }];
  });
};

/** Whether a policy refuses every session, because it requires a profile and allows none. */
export const refusesAll = ({ kind, spec }: Pick<CatalogEntry, "kind" | "spec">): boolean =>
  isPolicy(kind) && spec["requireProfile"] === true && isEmptyList(spec["profileAllowlist"]);

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const namesIn = ({ spec }: Pick<EntryContent, "spec">): string[] => {
  const list = spec["profileAllowlist"];
  return Array.isArray(list) ? list.map(String) : [];
};

// A name alone is a profile of the whole cluster; with a namespace before it, it is one of that namespace.
const isProfile = ({ kind, namespace, name }: EntryId, wanted: string): boolean =>
  kind === "MirrordClusterProfile"
    ? wanted === name
    : kind === "MirrordProfile" && wanted === `${namespace ?? ""}/${name}`;

const MOST_NAMED = 5;

const describeClusters = (clusters: readonly Cluster[]): string => {
  const names = clusters.map(({ id, name }) => name ?? `id:${id ?? ""}`);
  const rest = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more clusters` : ""}`;
};
