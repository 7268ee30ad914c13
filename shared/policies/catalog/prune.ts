import { auditWrite } from "../../store/audit.ts";
import { retrying } from "../../store/retry.ts";
import { type ClusterRecord, type LeftObject, pruneWrite, readClusterRecord } from "./cluster-record.ts";
import { orphansOf } from "./cluster-set.ts";
import { type CatalogCall, type CatalogDeps, revisionWrite } from "./commit.ts";
import { type EntryId, entryText } from "./entry.ts";
import { type Catalog, readCatalog } from "./read.ts";

export type Pruned = { kind: "pruned"; revision: number; removed: EntryId[] } | { kind: "unknown cluster" };

/**
 * Asks the agent of a cluster to remove what is orphaned there: entries that no longer match its name, and objects that it reported
 * and that the catalog does not have. Without orphans nothing changes. Throws `StoreUnavailable`.
 */
export const pruneCluster = async (
  deps: CatalogDeps,
  clusterId: string,
  { actor, now, deadline }: CatalogCall,
): Promise<Pruned> =>
  retrying(deps.pace, deadline, async () => {
    const record = await readClusterRecord(deps.table, clusterId, { consistent: true });
    if (record.names.length === 0 && record.status === undefined) return { kind: "unknown cluster" };
    const catalog = await readCatalog(deps.table, now);
    const orphans = orphansOf(catalog, record);
    const left = leftObjects(catalog, record);
    const removed = [...orphans, ...left].map(({ kind, namespace, name }) => ({ kind, namespace, name }));
    const asked = new Set(record.pruned?.left.map(entryText));
    if (orphans.length === 0 && left.every((object) => asked.has(entryText(object))))
      return { kind: "pruned", revision: catalog.revision, removed };
    const revision = catalog.revision + 1;
    const entry = { action: "policy.pruned", actor, clusterId, revision, removed: removed.length };
    const { outcome } = await deps.table.transact([
      revisionWrite(deps, catalog, { ...catalog, revision }, now),
      pruneWrite(record, revision, left),
      auditWrite(entry, now, deps.newId(), deps.retentionDays),
    ]);
    return outcome === "committed" ? { kind: "pruned", revision, removed } : undefined;
  });

// A restored table does not know what was made after its copy.
const leftObjects = (catalog: Catalog, { status }: ClusterRecord): LeftObject[] => {
  const known = new Set([...catalog.live, ...catalog.deleted].map(entryText));
  return (status?.entries ?? [])
    .filter((entry) => entry.state === "orphaned" && !known.has(entryText(entry)))
    .map(({ kind, namespace, name, generationInForce }) => ({
      kind,
      namespace,
      name,
      generation: generationInForce ?? Number.MAX_SAFE_INTEGER,
    }));
};

export type Accepted = { kind: "accepted"; revision: number } | { kind: "not reported"; highest: number };

/**
 * Lets agents continue whose clusters have a higher revision than this catalog, as after a table was restored: the catalog's
 * revision becomes higher than the accepted one. Only a revision that some agent reported is accepted. If the catalog is there
 * already, nothing changes. Throws `StoreUnavailable`.
 */
export const acceptRevision = async (
  deps: CatalogDeps,
  accepted: number,
  records: readonly ClusterRecord[],
  { actor, now, deadline }: CatalogCall,
): Promise<Accepted> => {
  return retrying(deps.pace, deadline, async () => {
    const catalog = await readCatalog(deps.table, now);
    if (catalog.revision >= accepted) return { kind: "accepted", revision: catalog.revision };
    const highest = highestReported(records, catalog.catalogId);
    if (accepted > highest) return { kind: "not reported", highest };
    const revision = accepted + 1;
    const entry = { action: "policy.accepted", actor, fromRevision: catalog.revision, revision };
    const { outcome } = await deps.table.transact([
      revisionWrite(deps, catalog, { ...catalog, revision }, now),
      auditWrite(entry, now, deps.newId(), deps.retentionDays),
    ]);
    return outcome === "committed" ? { kind: "accepted", revision } : undefined;
  });
};

// A cluster that has another catalog says nothing about this one.
const highestReported = (records: readonly ClusterRecord[], catalogId: string | undefined): number =>
  Math.max(0, ...records.flatMap(({ status }) => (status?.catalogId === catalogId ? [status?.revision ?? 0] : [])));
