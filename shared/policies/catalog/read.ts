import { CATALOG_PARTITION, catalogRevisionKey } from "../../contract/keys.ts";
import type { EpochMs } from "../../contract/time.ts";
import { type Item, StoreUnavailable, type Table } from "../../store/table.ts";
import { type CatalogEntry, entryFrom, isForgotten } from "./entry.ts";

/** What one item says of the whole catalog. */
export type CatalogRevision = {
  /** Random, made with the catalog. Undefined before its first change. */
  catalogId: string | undefined;
  /** Grows with every change. 0 before the first one. */
  revision: number;
  /** Live entries. */
  entries: number;
  /** The bytes of their specs. */
  bytes: number;
  changedAt: EpochMs | undefined;
};

/** The catalog at one revision. Deleted entries are kept for a year. */
export type Catalog = CatalogRevision & {
  live: readonly CatalogEntry[];
  deleted: readonly CatalogEntry[];
};

/** A catalog that was never changed. */
export const NO_CATALOG: CatalogRevision = {
  catalogId: undefined,
  revision: 0,
  entries: 0,
  bytes: 0,
  changedAt: undefined,
};

/** The catalog's revision. An eventually consistent read costs half a read unit. Throws `StoreUnavailable`. */
export const readRevision = async (
  table: Pick<Table, "get">,
  options: { consistent: boolean },
): Promise<CatalogRevision> => revisionFrom(await table.get(catalogRevisionKey, options));

export const revisionFrom = (item: Item | undefined): CatalogRevision =>
  item === undefined
    ? NO_CATALOG
    : {
        catalogId: String(item["catalogId"]),
        revision: Number(item["revision"]),
        entries: Number(item["entries"]),
        bytes: Number(item["bytes"]),
        changedAt: Date.parse(String(item["changedAt"])),
      };

/** How often a read is repeated during which the catalog changed. */
const MAX_READS = 5;

/**
 * Reads the whole catalog as it is at one revision: every change writes the revision in its transaction, so a read between two
 * equal revisions saw no change. Throws `StoreUnavailable`, also if the catalog changes all the time.
 */
export const readCatalog = async (table: Pick<Table, "get" | "query">, now: EpochMs): Promise<Catalog> => {
  let before = await readRevision(table, { consistent: true });
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const items =
      before.catalogId === undefined ? [] : await table.query({ partition: CATALOG_PARTITION, consistent: true });
    const after = await readRevision(table, { consistent: true });
    if (after.revision === before.revision) return catalogOf(after, items.map(entryFrom), now);
    before = after;
  }
  throw new StoreUnavailable("the catalog changes too often");
};

const catalogOf = (revision: CatalogRevision, entries: readonly CatalogEntry[], now: EpochMs): Catalog => ({
  ...revision,
  live: entries.filter(({ deletedAt }) => deletedAt === undefined),
  deleted: entries.filter((entry) => entry.deletedAt !== undefined && !isForgotten(entry, now)),
});

/** Reads the catalog again only if its revision changed since it was read. For answers, not for decisions about a change. */
export type CatalogReader = (now: EpochMs) => Promise<Catalog>;

export const catalogReader = (table: () => Pick<Table, "get" | "query">): CatalogReader => {
  let held: Catalog | undefined;
  return async (now) => {
    if (held !== undefined) {
      const { revision, catalogId } = await readRevision(table(), { consistent: true });
      if (revision === held.revision && catalogId === held.catalogId) return held;
    }
    held = await readCatalog(table(), now);
    return held;
  };
};
