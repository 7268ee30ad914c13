import { CATALOG_LIMITS } from "../../contract/catalog.ts";
import { CATALOG_HISTORY_PARTITION, catalogHistoryPrefix, catalogKey } from "../../contract/keys.ts";
import type { EpochMs } from "../../contract/time.ts";
import type { Table } from "../../store/table.ts";
import { type CatalogEntry, type EntryId, entryFrom, isForgotten } from "./entry.ts";

/**
 * The last generations of an entry, the newest first, a deletion included. Empty if the entry never existed or was deleted long
 * ago.
 */
export const historyOf = async (table: Pick<Table, "get" | "query">, id: EntryId): Promise<CatalogEntry[]> => {
  const item = await table.get(catalogKey(id), { consistent: true });
  if (item === undefined) return [];
  const current = entryFrom(item);
  const rows = await table.query({
    partition: CATALOG_HISTORY_PARTITION,
    range: { prefix: catalogHistoryPrefix(id) },
    consistent: true,
  });
  // Rows above the current generation are left from an entry of the same name that was deleted more than a year ago.
  return rows
    .map(entryFrom)
    .filter(({ generation }) => generation <= current.generation)
    .sort((one, other) => other.generation - one.generation)
    .slice(0, CATALOG_LIMITS.history);
};

/** The stored entry; undefined if there is none, or if its deletion is more than a year ago. */
export const readEntry = async (
  table: Pick<Table, "get">,
  id: EntryId,
  now: EpochMs,
): Promise<CatalogEntry | undefined> => {
  const item = await table.get(catalogKey(id), { consistent: true });
  const entry = item && entryFrom(item);
  return entry === undefined || isForgotten(entry, now) ? undefined : entry;
};
