import { CATALOG_KINDS, type CatalogKind, isPolicy } from "../../shared/contract/catalog.ts";

/** The kinds in the order in which they are applied: a policy may name profiles. They are removed in the reverse order. */
export const KINDS: readonly CatalogKind[] = [
  ...CATALOG_KINDS.filter((kind) => !isPolicy(kind)),
  ...CATALOG_KINDS.filter(isPolicy),
];

type Resource = { apiVersion: string; root: string; plural: string; name: string };

/** Where the API server has the objects of a kind. */
export const RESOURCES: Readonly<Record<CatalogKind, Resource>> = {
  MirrordClusterProfile: resource("profiles.mirrord.metalbear.co", "mirrordclusterprofiles"),
  MirrordProfile: resource("profiles.mirrord.metalbear.co", "mirrordprofiles"),
  MirrordClusterPolicy: resource("policies.mirrord.metalbear.co", "mirrordclusterpolicies"),
  MirrordPolicy: resource("policies.mirrord.metalbear.co", "mirrordpolicies"),
};

function resource(group: string, plural: string): Resource {
  const apiVersion = `${group}/v1alpha`;
  return { apiVersion, root: `/apis/${apiVersion}`, plural, name: `${plural}.${group}` };
}

/** The path of all objects of a kind, in all namespaces. */
export const listPath = (kind: CatalogKind): string => `${RESOURCES[kind].root}/${RESOURCES[kind].plural}`;

/** The path of the objects of a kind in a namespace; of a kind without namespaces, of all of them. */
export const collectionPath = (kind: CatalogKind, namespace: string | null): string =>
  namespace === null
    ? listPath(kind)
    : `${RESOURCES[kind].root}/namespaces/${encodeURIComponent(namespace)}/${RESOURCES[kind].plural}`;
