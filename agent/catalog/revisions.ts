import { ownObjects } from "./pass.ts";
import type { CatalogSet, Views } from "./types.ts";

const CATALOG = "mirrord-license-server/catalog";
const SHAPE = /^(\d{1,15}) (.{1,128})$/;

/**
 * The highest revision of a catalog that this cluster has had. Objects have theirs in their stamps. The Lease has it too, so that it
 * is known when every object was removed.
 */
export type Revisions = {
  /** Reads the note on the Lease. */
  found(annotations: Readonly<Record<string, string>>): void;
  /** The note for the Lease; none before there is a catalog. */
  annotations(): Record<string, string>;
  highest(catalogId: string, views: Views): number;
  /** The set is applied as far as it can be. */
  applied(set: CatalogSet): void;
};

export const createRevisions = (): Revisions => {
  let note: { catalogId: string; revision: number } | undefined;
  const of = (catalogId: string): number => (note?.catalogId === catalogId ? note.revision : 0);
  const raise = (catalogId: string, revision: number): void => {
    note = { catalogId, revision: Math.max(revision, of(catalogId)) };
  };
  return {
    found: (annotations) => {
      const [, revision, catalogId] = SHAPE.exec(annotations[CATALOG] ?? "") ?? [];
      // What this process applied itself is later.
      if (note === undefined && revision !== undefined && catalogId !== undefined) raise(catalogId, Number(revision));
    },
    annotations: () => (note === undefined ? {} : { [CATALOG]: `${note.revision} ${note.catalogId}` }),
    highest: (catalogId, views) =>
      Math.max(of(catalogId), ...ownObjects(views, catalogId).map(({ stamp }) => stamp?.revision ?? 0)),
    applied: ({ catalog_id, revision }) => raise(catalog_id, revision),
  };
};
