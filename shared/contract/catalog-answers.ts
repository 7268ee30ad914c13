import * as v from "valibot";
import { CATALOG_KINDS, CATALOG_STATES, ENTRY_STATES } from "./catalog.ts";

/** The schemas of the catalog's answers. At run time only the OpenAPI generator and the tests load this module. */

const described = <TSchema extends v.GenericSchema>(schema: TSchema, description: string) =>
  v.pipe(schema, v.description(description));

const Text = v.string();
const Timestamp = v.pipe(v.string(), v.isoTimestamp());
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Kind = v.picklist(CATALOG_KINDS);
const Namespace = described(v.nullable(Text), "Null for the kinds of a whole cluster.");
const Spec = described(v.looseObject({}), "The object's `spec`, as the custom resource has it.");
const Generation = described(Count, "Grows by one with every change of the entry, and is never used again.");
const ETag = described(
  Text,
  "The strong validator of this version, with its quotes. Send it in `If-Match` to replace or delete it.",
);
const Revision = described(Count, "Grows by one with every change of the catalog.");
const Next = described(v.nullable(Text), "The `cursor` of the next page. Null on the last page.");

export const CatalogWarning = v.object({ path: Text, message: Text });
const Warnings = described(v.array(CatalogWarning), "What may be wrong, although the entry can be stored.");

const named = { kind: Kind, name: Text, namespace: Namespace };

const changed = {
  generation: Generation,
  updated_at: Timestamp,
  updated_by: described(Text, "The subject of the access token."),
};

export const CatalogEntry = v.object({
  ...named,
  clusters: described(
    v.array(Text),
    "Globs over cluster names. `id:<cluster_id>` names a cluster by its id. `*` is every cluster, also an unnamed one.",
  ),
  spec: Spec,
  allow_unknown: described(v.boolean(), "Whether the spec may have fields that this server does not know."),
  ...changed,
  etag: ETag,
  warnings: Warnings,
  deleted_at: described(v.nullable(Timestamp), "When it was deleted. Only a history shows deleted entries."),
});

export const CatalogListResponse = v.object({
  catalog_id: described(v.nullable(Text), "The random id of this catalog. Null before its first change."),
  revision: Revision,
  entries: v.array(CatalogEntry),
  next: Next,
});

const SetEntry = v.object({
  ...named,
  generation: Generation,
  spec: Spec,
  hash: described(Text, "The hash of kind, name, namespace and spec."),
});

export const CatalogSetResponse = v.object({
  catalog_id: described(Text, "An agent changes only objects of its own catalog."),
  revision: Revision,
  entries: described(v.array(SetEntry), "All entries of the caller's cluster. Profiles come before policies."),
  remove: described(
    v.array(v.object({ ...named, generation: Generation })),
    "The objects to remove, if they are of this generation or an older one. Policies come before profiles. An object that is in neither list stays.",
  ),
});

export const CatalogDifference = v.object({
  path: described(Text, "Such as `spec.block` or `clusters`."),
  before: described(v.optional(v.unknown()), "Absent if the change adds it."),
  after: described(v.optional(v.unknown()), "Absent if the change removes it."),
});

const result = {
  ...named,
  outcome: described(
    v.picklist(["created", "replaced", "unchanged", "deleted"]),
    "`unchanged`: the catalog has exactly this already, so there is no new generation.",
  ),
  generation: Generation,
  etag: ETag,
  warnings: Warnings,
  diff: v.exactOptional(described(v.array(CatalogDifference), "Only in a dry run.")),
};

/** What one `PUT`, `DELETE` (dry run) or restore answers. */
export const CatalogChangeResponse = v.object({ revision: Revision, ...result });

export const CatalogApplyResponse = v.object({ revision: Revision, results: v.array(v.object(result)) });

export const CatalogHistoryResponse = v.object({
  entries: described(v.array(CatalogEntry), "The last generations, the newest first."),
});

export const CatalogStatusResponse = v.object({
  catalog_id: v.nullable(Text),
  revision: Revision,
  clusters: described(
    v.array(
      v.object({
        cluster_id: Text,
        cluster: v.nullable(Text),
        state: described(
          v.picklist([...CATALOG_STATES, "behind", "silent", "never_reported"]),
          "`applied`: the agent has the catalog's revision. `behind`: it has an older one. `silent`: no heartbeat arrives. `never_reported`: it says that it applies the catalog, and has sent no status.",
        ),
        revision: described(v.nullable(Count), "The revision in force in the cluster."),
        since: described(v.nullable(Timestamp), "Since when it is in this state."),
        reported_at: v.nullable(Timestamp),
        duplicate_name: described(v.boolean(), "Whether another cluster has the same name."),
      }),
    ),
    "The clusters whose agents apply the catalog.",
  ),
  entries: described(
    v.array(
      v.object({
        cluster_id: Text,
        cluster: v.nullable(Text),
        ...named,
        state: v.picklist(ENTRY_STATES),
        generation_in_force: v.nullable(Count),
        message: v.nullable(Text),
        since: Timestamp,
      }),
    ),
    "Each entry that is not applied in a cluster.",
  ),
  more: described(Count, "How many more there are than this answer has."),
});

export const CatalogPruneResponse = v.object({
  revision: Revision,
  removed: described(v.array(v.object(named)), "The orphaned objects that the agent will remove."),
});

export const CatalogAcceptResponse = v.object({ revision: Revision });

export type CatalogEntryAnswer = v.InferOutput<typeof CatalogEntry>;
export type CatalogListResponse = v.InferOutput<typeof CatalogListResponse>;
export type CatalogSetResponse = v.InferOutput<typeof CatalogSetResponse>;
export type CatalogDifference = v.InferOutput<typeof CatalogDifference>;
export type CatalogChangeResponse = v.InferOutput<typeof CatalogChangeResponse>;
export type CatalogApplyResponse = v.InferOutput<typeof CatalogApplyResponse>;
export type CatalogHistoryResponse = v.InferOutput<typeof CatalogHistoryResponse>;
export type CatalogStatusResponse = v.InferOutput<typeof CatalogStatusResponse>;
export type CatalogPruneResponse = v.InferOutput<typeof CatalogPruneResponse>;
export type CatalogAcceptResponse = v.InferOutput<typeof CatalogAcceptResponse>;
