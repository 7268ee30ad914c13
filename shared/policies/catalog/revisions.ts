import { type EpochMs, SECOND_MS } from "../../contract/time.ts";
import type { Table } from "../../store/table.ts";
import { readRevision } from "./read.ts";

const FRESH_MS = 10 * SECOND_MS;

/** The catalog's revision, at most ten seconds old, so that agents learn of changes. Throws `StoreUnavailable`. */
export type RecentRevision = () => Promise<number>;

export const recentRevision = (table: () => Pick<Table, "get">, now: () => EpochMs): RecentRevision => {
  let known: { revision: number; at: EpochMs } | undefined;
  return async () => {
    const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.at;
    // A clock that went back says nothing about how old it is.
    if (known === undefined || age < 0 || age >= FRESH_MS) {
      const at = now();
      known = { revision: (await readRevision(table(), { consistent: false })).revision, at };
    }
    return known.revision;
  };
};
