import { createHash } from "node:crypto";
import { CATALOG_KINDS, CATALOG_LIMITS, type CatalogKind } from "../../contract/catalog.ts";
import { catalogHistoryKey, catalogKey, ITEM_VERSION, type Key } from "../../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../../contract/time.ts";
import type { Item } from "../../store/table.ts";
import { canonicalJson } from "./canonical.ts";

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
    /** Set if this generation is the entry's deletion. Its content is in the history: that of the generation before. */
    deletedAt: EpochMs | undefined;
  };

/** Who changes the catalog, and when. */
export type Change = { actor: string; now: EpochMs; revision: number };

/** The next generation of an entry. `before` is the stored one, a deletion included. */
export const nextGeneration = (
  id: EntryId,
  content: EntryContent,
  before: CatalogEntry | undefined,
  { actor, now, revision }: Change,
  isDeletion: boolean,
): CatalogEntry => {
  const { kind, namespace, name } = id;
  const { clusters, spec, allowUnknown } = content;
  const generation = (before?.generation ?? 0) + 1;
  const hash = hashOf({ kind, namespace, name, spec });
  return {
    ...{ kind, namespace, name, clusters, spec, allowUnknown, generation, hash, revision },
    etag: `"${generation}-${hashOf({ hash, clusters, allowUnknown, isDeletion }).slice(0, ETAG_CHARACTERS)}"`,
    updatedAt: now,
    updatedBy: actor,
    deletedAt: isDeletion ? now : undefined,
  };
};

const ETAG_CHARACTERS = 16;

const hashOf = (value: unknown): string => createHash("sha256").update(canonicalJson(value)).digest("base64url");

/** Whether two contents are the same. The order of the keys of a spec does not matter, that of its lists does. */
export const isSameContent = (one: EntryContent, other: EntryContent): boolean =>
  canonicalJson(contentOf(one)) === canonicalJson(contentOf(other));

const contentOf = ({ clusters, spec, allowUnknown }: EntryContent): EntryContent => ({ clusters, spec, allowUnknown });

/** The bytes that an entry adds to the size of the catalog. */
export const specBytes = ({ spec, clusters }: Pick<EntryContent, "spec" | "clusters">): number =>
  Buffer.byteLength(JSON.stringify(spec)) + Buffer.byteLength(JSON.stringify(clusters));

/** What identifies an entry, as text. */
export const entryText = ({ kind, namespace, name }: EntryId): string =>
  namespace === null ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

// As text: the SDK refuses some keys of a stored map, and a spec may have any key.
const fieldsOf = (entry: CatalogEntry): Item => ({
  v: ITEM_VERSION,
  kind: entry.kind,
  ...(entry.namespace === null ? {} : { namespace: entry.namespace }),
  name: entry.name,
  clusters: [...entry.clusters],
  spec: JSON.stringify(entry.spec),
  ...(entry.allowUnknown ? { allowUnknown: true } : {}),
  generation: entry.generation,
  etag: entry.etag,
  hash: entry.hash,
  revision: entry.revision,
  updatedAt: formatTime(entry.updatedAt),
  updatedBy: entry.updatedBy,
  ...(entry.deletedAt === undefined
    ? {}
    : { deletedAt: formatTime(entry.deletedAt), expiresAt: goneAt(entry.deletedAt) }),
});

const TOMBSTONE_MS = CATALOG_LIMITS.tombstoneDays * DAY_MS;

const goneAt = (deletedAt: EpochMs): number => Math.floor((deletedAt + TOMBSTONE_MS) / SECOND_MS);

/** Whether an entry was deleted so long ago that it counts as one that never existed. */
export const isForgotten = ({ deletedAt }: Pick<CatalogEntry, "deletedAt">, now: EpochMs): boolean =>
  deletedAt !== undefined && now - deletedAt >= TOMBSTONE_MS;

/** The entry's item. A deletion has its content in the history alone: each read of the catalog includes it for a year. */
export const entryItem = (entry: CatalogEntry): Key & Item => ({
  ...catalogKey(entry),
  ...fieldsOf(entry.deletedAt === undefined ? entry : { ...entry, spec: {}, clusters: [] }),
});

/** The entry's row in the history. */
export const historyItem = (entry: CatalogEntry): Key & Item => ({
  ...catalogHistoryKey(entry, entry.generation),
  ...fieldsOf(entry),
});

/** The row of an earlier generation of an entry that is deleted now. It goes with the tombstone. */
export const endedHistoryItem = (entry: CatalogEntry, deletedAt: EpochMs): Key & Item => ({
  ...historyItem(entry),
  expiresAt: goneAt(deletedAt),
});

/** The entry in an item, of the catalog or of its history. Throws if it is not one. */
export const entryFrom = (item: Item): CatalogEntry => {
  const kind = CATALOG_KINDS.find((known) => known === item["kind"]);
  if (kind === undefined) throw new Error(`an item of the catalog has the unknown kind ${String(item["kind"])}`);
  return {
    kind,
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
  };
};
