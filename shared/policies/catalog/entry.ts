import type { CatalogKind } from "../../contract/catalog.ts";
import type { EpochMs } from "../../contract/time.ts";
import type { Item } from "../../store/table.ts";

export type Spec = Readonly<Record<string, unknown>>;

/** What names an entry. `namespace` is null for the kinds of a whole cluster. */
export type EntryId = { kind: CatalogKind; namespace: string | null; name: string };

/** What an admin decides about an entry. */
export type EntryContent = { clusters: readonly string[]; spec: Spec; allowUnknown: boolean };

/** One generation of an entry. */
export type CatalogEntry = EntryId &
  EntryContent & {
    generation: number;
    /** A strong validator, with its quotes. */
    etag: string;
    /** The hash of kind, name, namespace and spec: what an object in a cluster is made of. */
    hash: string;
    /** The catalog's revision that this generation made. */
    revision: number;
    updatedAt: EpochMs;
    updatedBy: string;
    /** Set if this generation is the entry's deletion. Its content is that of the generation before. */
    deletedAt: EpochMs | undefined;
  };

/** The entry in an item, of the catalog or of its history. */
export const entryFrom = (item: Item): CatalogEntry => ({
  kind: String(item["kind"]) as CatalogKind,
  namespace: typeof item["namespace"] === "string" ? item["namespace"] : null,
  name: String(item["name"]),
  clusters: (item["clusters"] as string[] | undefined) ?? [],
  spec: JSON.parse(String(item["spec"])) as Spec,
  allowUnknown: item["allowUnknown"] === true,
  generation: Number(item["generation"]),
  etag: String(item["etag"]),
  hash: String(item["hash"]),
  revision: Number(item["revision"]),
  updatedAt: Date.parse(String(item["updatedAt"])),
  updatedBy: String(item["updatedBy"]),
  deletedAt: item["deletedAt"] === undefined ? undefined : Date.parse(String(item["deletedAt"])),
});
