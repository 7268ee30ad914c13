import * as v from "valibot";
import { asGiven, MAX_GLOB_LENGTH, wellFormed } from "./fields.ts";
import { forward } from "./forward.ts";
import { FreeText, NewId, notList, object, objectMessage, optional, Time, text } from "./requests.ts";

/** The kinds of a catalog entry. An entry is one Kubernetes object. */
export const CATALOG_KINDS = [
  "MirrordPolicy",
  "MirrordClusterPolicy",
  "MirrordProfile",
  "MirrordClusterProfile",
] as const;
export type CatalogKind = (typeof CATALOG_KINDS)[number];

/** The kinds whose objects have a namespace. */
export const NAMESPACED_KINDS: readonly CatalogKind[] = ["MirrordPolicy", "MirrordProfile"];
/** The kinds that name features to block. The others are profiles, which policies may require. */
export const POLICY_KINDS: readonly CatalogKind[] = ["MirrordPolicy", "MirrordClusterPolicy"];

export const isNamespaced = (kind: CatalogKind): boolean => NAMESPACED_KINDS.includes(kind);
export const isPolicy = (kind: CatalogKind): boolean => POLICY_KINDS.includes(kind);

export const CATALOG_LIMITS = {
  /** Entries of the catalog. Tombstones do not count. */
  entries: 1_000,
  /** Names of entries, those of tombstones included. */
  names: 5_000,
  /** The spec of one entry, as JSON in UTF-8. */
  entryBytes: 32 * 1024,
  /** The specs and globs of all entries together. A cluster's whole set must fit into one answer. */
  catalogBytes: 2 * 1024 * 1024,
  /** Levels of lists and objects in a spec. */
  depth: 32,
  /** Entries of a list in a spec. */
  list: 500,
  /** Globs over cluster names, of one entry. */
  clusters: 100,
  /** The globs of one entry together. */
  clusterBytes: 8 * 1024,
  /** Generations of an entry that the history keeps. */
  history: 20,
  /** Changes of one `apply`. */
  changes: 20,
  /** Entries that an agent reports as not applied. */
  statusEntries: 200,
  /** Days that a deleted entry is remembered. */
  tombstoneDays: 365,
} as const;

/** The largest body of a request that changes the catalog, in bytes. */
export const MAX_CATALOG_BODY_BYTES = 1024 * 1024;

/** The annotation of an object's YAML that has its clusters: globs, separated by commas. */
export const CLUSTERS_ANNOTATION = "mirrord-license-server/clusters";
/** An entry that names no clusters is for all of them. */
export const ALL_CLUSTERS = "*";

export const CatalogKindName = v.picklist(CATALOG_KINDS, `must be one of ${CATALOG_KINDS.join(", ")}`);

const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const NAME_FAULT = "must be a DNS-1123 name: lower-case letters, digits, - and ., at most 253 characters";

/** The name of an object (RFC 1123, subdomain). */
export const ObjectName = v.pipe(
  v.string("must be a string"),
  v.regex(SUBDOMAIN, NAME_FAULT),
  v.maxLength(253, NAME_FAULT),
);

/** The name of a namespace (RFC 1123, label). */
export const NamespaceName = v.pipe(
  v.string("must be a string"),
  v.regex(LABEL, "must be a DNS-1123 label: lower-case letters, digits and -, at most 63 characters"),
);

const ClusterGlob = v.pipe(
  v.string("must be a string"),
  v.minLength(1, "must not be empty"),
  v.maxLength(MAX_GLOB_LENGTH, `must be at most ${MAX_GLOB_LENGTH} characters long`),
  v.regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    /^(?!\s)(?!.*\s$)[^,\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/,
    "must not contain a comma or control characters, and must not begin or end with white space",
  ),
  wellFormed,
);

/** The check that refuses globs that are too large together. JSON Schema has no words for it. */
export const smallGlobs = v.check<string[], string>(
  (globs) => new TextEncoder().encode(globs.join("")).byteLength <= CATALOG_LIMITS.clusterBytes,
  `must have at most ${CATALOG_LIMITS.clusterBytes} bytes together`,
);

/** Which clusters an entry is for: globs over cluster names. `id:<cluster_id>` names a cluster by its id. */
export const ClusterGlobs = v.pipe(
  v.array(ClusterGlob, "must be a list"),
  v.minLength(1, "must not be empty; use * for all clusters"),
  v.maxLength(CATALOG_LIMITS.clusters, `must have at most ${CATALOG_LIMITS.clusters} entries`),
  smallGlobs,
);

const Bool = v.boolean("must be true or false");

// Null means none in a spec, so a spec is taken as it is.
const Spec = asGiven(notList(v.looseObject({}, objectMessage)));

/** Far below the numbers that are not exact: an agent's revision may become the catalog's. */
const MAX_COUNTED = 1_000_000_000_000;

const Generation = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be 1 or more"),
  v.maxValue(MAX_COUNTED, `must be at most ${MAX_COUNTED}`),
);

const Revision = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be a whole number"),
  v.minValue(0, "must not be negative"),
  v.maxValue(MAX_COUNTED, `must be at most ${MAX_COUNTED}`),
);

const contentFields = {
  clusters: optional(ClusterGlobs),
  allow_unknown: optional(Bool),
  force: optional(Bool),
};

/** `PUT /api/v1/catalog/{kind}/{name}`. */
export const CatalogPutBody = object({ spec: Spec, ...contentFields });

/** The longest `If-Match`. */
const MAX_IF_MATCH = 1_024;

/** Each of the changes of `POST /api/v1/catalog/apply`. */
export const CatalogChange = v.pipe(
  object({
    action: v.picklist(["put", "delete"], "must be put or delete"),
    kind: CatalogKindName,
    name: ObjectName,
    namespace: optional(NamespaceName),
    spec: optional(Spec),
    ...contentFields,
    if_match: optional(text(MAX_IF_MATCH)),
  }),
  forward(
    v.partialCheck(
      [["action"], ["spec"]],
      ({ action, spec }) => action === "delete" || spec !== undefined,
      "is required",
    ),
    ["spec"],
  ),
  forward(
    v.partialCheck(
      [["kind"], ["namespace"]],
      ({ kind, namespace }) => isNamespaced(kind) === (namespace !== undefined),
      "is required for MirrordPolicy and MirrordProfile, and must be absent for the other kinds",
    ),
    ["namespace"],
  ),
);

/** `POST /api/v1/catalog/apply`. */
export const CatalogApplyBody = object({
  changes: v.pipe(
    v.array(CatalogChange, "must be a list"),
    v.minLength(1, "must not be empty"),
    v.maxLength(CATALOG_LIMITS.changes, `must have at most ${CATALOG_LIMITS.changes} entries`),
  ),
  dry_run: optional(Bool),
});

/** `POST /api/v1/catalog/{kind}/{name}/restore`. */
export const CatalogRestoreBody = object({ generation: Generation, force: optional(Bool) });

/** `POST /api/v1/catalog/prune`. */
export const CatalogPruneBody = object({ cluster_id: NewId });

/** `POST /api/v1/catalog/accept`. */
export const CatalogAcceptBody = object({ revision: Revision });

/** What an agent says of the catalog as a whole. `away`: it cannot reach its server. */
export const CATALOG_STATES = ["applied", "catalog_went_back", "other_catalog", "away"] as const;
export type CatalogState = (typeof CATALOG_STATES)[number];

/** What an agent says of an entry that is not applied. */
export const ENTRY_STATES = [
  "pending",
  "waiting",
  "unsupported",
  "conflict",
  "contested",
  "orphaned",
  "forbidden",
  "failed",
  "duplicate_name",
] as const;
export type EntryState = (typeof ENTRY_STATES)[number];

/** The longest message of an entry's status, in characters. */
export const MAX_STATUS_MESSAGE = 512;

const StatusEntry = object({
  kind: CatalogKindName,
  name: ObjectName,
  namespace: optional(NamespaceName),
  state: v.picklist(ENTRY_STATES, `must be one of ${ENTRY_STATES.join(", ")}`),
  generation_in_force: optional(Generation),
  message: optional(text(MAX_STATUS_MESSAGE)),
  since: Time,
});

/** `catalog_status` of a heartbeat: what an agent applied, and what not. */
export const CatalogStatus = object({
  catalog_id: FreeText,
  revision: Revision,
  state: v.picklist(CATALOG_STATES, `must be one of ${CATALOG_STATES.join(", ")}`),
  entries: v.pipe(
    v.array(StatusEntry, "must be a list"),
    v.maxLength(CATALOG_LIMITS.statusEntries, `must have at most ${CATALOG_LIMITS.statusEntries} entries`),
  ),
});

export type CatalogPutInput = v.InferOutput<typeof CatalogPutBody>;
export type CatalogChangeInput = v.InferOutput<typeof CatalogChange>;
export type CatalogStatusInput = v.InferOutput<typeof CatalogStatus>;
