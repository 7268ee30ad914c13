import { CATALOG_LIMITS } from "../../contract/catalog.ts";
import { catalogHistoryKey, catalogRevisionKey, ITEM_VERSION } from "../../contract/keys.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import { auditWrite } from "../../store/audit.ts";
import { type Pace, retrying } from "../../store/retry.ts";
import type { Table, Write } from "../../store/table.ts";
import type { Cluster } from "../types.ts";
import { canonicalJson } from "./canonical.ts";
import { cut } from "./cut.ts";
import { endedHistoryItem, entryItem, historyItem } from "./entry.ts";
import { historyOf } from "./history.ts";
import { type ChangeResult, type Plan, planChanges, type WantedChange } from "./plan.ts";
import { type CatalogRevision, readCatalog } from "./read.ts";

export type CatalogDeps = {
  table: Table;
  pace: Pace;
  newId: () => string;
  /** How long the audit is kept. */
  retentionDays: number;
};

/** Who changes the catalog, and until when it may take. */
export type CatalogCall = { actor: string; now: EpochMs; deadline: EpochMs };

/**
 * Makes changes in one transaction, with their history, their audit rows and the catalog's next revision. The condition on the
 * revision makes every decision one about the catalog as it is: if another change came first, everything is decided again.
 * With `dryRun` nothing is written. Throws `StoreUnavailable`.
 */
export const changeCatalog = async (
  deps: CatalogDeps,
  wanted: readonly WantedChange[],
  { actor, now, deadline }: CatalogCall,
  { dryRun, readClusters }: { dryRun: boolean; readClusters: () => Promise<readonly Cluster[]> },
): Promise<Plan> => {
  const { table, pace } = deps;
  const clusters = await readClusters();
  return retrying(pace, deadline, async () => {
    const catalog = await readCatalog(table, now);
    const plan = planChanges(catalog, wanted, { actor, now, clusters, dryRun });
    if (plan.kind === "refused" || dryRun) return plan;
    const changed = plan.results.filter(({ outcome }) => outcome !== "unchanged");
    if (changed.length === 0) return plan;
    const writes = [
      revisionWrite(deps, catalog, plan, now),
      ...changed.flatMap((result) => writesOf(deps, result, actor, now)),
    ];
    const { outcome } = await table.transact(writes);
    if (outcome !== "committed") return undefined;
    await endHistories(deps, changed, now);
    return plan;
  });
};

/**
 * The catalog's next revision. Its condition is that the catalog has not changed since it was read. The first change makes the
 * catalog's id.
 */
export const revisionWrite = (
  { newId }: Pick<CatalogDeps, "newId">,
  before: CatalogRevision,
  after: Pick<CatalogRevision, "revision" | "entries" | "bytes">,
  now: EpochMs,
): Extract<Write, { kind: "put" }> => ({
  kind: "put",
  item: {
    ...catalogRevisionKey,
    v: ITEM_VERSION,
    catalogId: before.catalogId ?? newId(),
    revision: after.revision,
    entries: after.entries,
    bytes: after.bytes,
    changedAt: formatTime(now),
  },
  condition:
    before.catalogId === undefined
      ? { expression: "attribute_not_exists(pk)" }
      : {
          expression: "revision = :before AND catalogId = :id",
          values: { ":before": before.revision, ":id": before.catalogId },
        },
});

const writesOf = (deps: CatalogDeps, result: ChangeResult, actor: string, now: EpochMs): Write[] => {
  const { entry } = result;
  const tooOld = entry.generation - CATALOG_LIMITS.history;
  return [
    { kind: "put", item: entryItem(entry) },
    { kind: "put", item: historyItem(entry) },
    ...(tooOld > 0 ? [{ kind: "delete", key: catalogHistoryKey(entry, tooOld) } as const] : []),
    auditWrite(auditEntry(result, actor), now, deps.newId(), deps.retentionDays),
  ];
};

const ACTIONS = { created: "policy.created", replaced: "policy.replaced", deleted: "policy.deleted" } as const;

/** The longest difference in an audit row, in bytes of UTF-8. */
const MAX_AUDIT_DIFF_BYTES = 4 * 1024;

const auditEntry = ({ outcome, before, entry, differences }: ChangeResult, actor: string) => ({
  action: outcome === "unchanged" ? "policy.unchanged" : ACTIONS[outcome],
  actor,
  kind: entry.kind,
  name: entry.name,
  ...(entry.namespace === null ? {} : { namespace: entry.namespace }),
  generation: entry.generation,
  ...(before === undefined ? {} : { fromGeneration: before.generation }),
  revision: entry.revision,
  hash: entry.hash,
  diff: cut(canonicalJson(differences), MAX_AUDIT_DIFF_BYTES),
});

// The history of a deleted entry goes with its tombstone. If this is lost, some rows stay, which nobody reads.
const endHistories = async ({ table }: CatalogDeps, changed: readonly ChangeResult[], now: EpochMs): Promise<void> => {
  for (const { outcome, entry } of changed) {
    if (outcome !== "deleted") continue;
    const rows = await historyOf(table, entry);
    await table.batchPut(rows.map((row) => endedHistoryItem(row, now)));
  }
};
