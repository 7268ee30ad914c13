import { type EpochMs, MINUTE_MS } from "../contract/time.ts";
import type { CatalogRevision } from "./catalog/read.ts";
import type { PolicyEntry } from "./types.ts";

/** The entries of a catalog at one revision. */
export type Held = { revision: number; entries: readonly PolicyEntry[] };

/** The catalog as this process holds it. Throws `StoreUnavailable` if it cannot be read. */
export type HeldCatalog = () => Promise<Held>;

export type CatalogReader = {
  /** Half a read unit. */
  revision: () => Promise<CatalogRevision>;
  entries: () => Promise<Held>;
};

/** How old the held catalog may be. */
const HELD_MS = MINUTE_MS;

/**
 * Holds the catalog for at most a minute. Then its revision is read, and only if that changed, its entries. An empty catalog
 * has nothing to read. The entries keep their identity as long as the revision does.
 */
export const heldCatalog = (reader: CatalogReader, now: () => EpochMs): HeldCatalog => {
  let held: (Held & { at: EpochMs }) | undefined;
  let reading: Promise<Held> | undefined;
  const read = async (): Promise<Held> => {
    const at = now();
    const { revision, entries } = await reader.revision();
    if (held?.revision === revision) held = { ...held, at };
    else held = { ...(entries === 0 ? { revision, entries: [] } : await reader.entries()), at };
    return held;
  };
  return async () => {
    // A clock that went back says nothing about how long it is held.
    const age = held === undefined ? Number.POSITIVE_INFINITY : now() - held.at;
    if (held !== undefined && age >= 0 && age <= HELD_MS) return held;
    // Requests that arrive together wait for one reading.
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
};
