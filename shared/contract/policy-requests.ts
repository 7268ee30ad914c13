import * as v from "valibot";
import { CatalogKindName, ClusterGlobs, NamespaceName, ObjectName } from "./catalog.ts";
import { Bool, object, optional, text } from "./fields.ts";
import { PolicyFacts } from "./policy-facts.ts";
import { NewId, Target } from "./requests.ts";

/** The bodies of `POST /api/v1/policies/evaluate` and `POST /api/v1/policies/impact`. */

const MAX_DRAFTS = 20;

/** An entry that is not saved. It replaces the saved entry of its kind, namespace and name for this request. */
export const DraftEntry = object({
  kind: CatalogKindName,
  name: ObjectName,
  namespace: optional(NamespaceName),
  clusters: optional(ClusterGlobs),
  spec: v.unknown(),
});

const Drafts = v.pipe(
  v.array(DraftEntry, "must be a list"),
  v.maxLength(MAX_DRAFTS, `must have at most ${MAX_DRAFTS} entries`),
);

const probes = <TSchema extends v.GenericSchema>(schema: TSchema) =>
  optional(v.pipe(v.array(schema, "must be a list"), v.maxLength(100, "must have at most 100 entries")));

/** A connection out of a session. An absent field is not known; null means that there is none. */
const Connection = object({
  hostname: v.optional(v.nullable(text(253))),
  ip: v.optional(v.nullable(text(45))),
  port: v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(0, "must be a port, 0 to 65535"),
    v.maxValue(65_535, "must be a port, 0 to 65535"),
  ),
  protocol: v.picklist(["TCP", "UDP"], "must be one of TCP, UDP"),
});

/** `POST /api/v1/policies/evaluate`. An operator is judged in its own cluster, whatever the body says. */
export const EvaluateBody = object({
  cluster_id: optional(NewId),
  cluster_name: optional(text(128)),
  target: Target,
  policy_facts: PolicyFacts,
  env: probes(text(256)),
  files: probes(text(4_096)),
  connections: probes(Connection),
  drafts: optional(Drafts),
});

/** The most days that a preview of the impact looks back. */
export const MAX_IMPACT_DAYS = 90;

/** `POST /api/v1/policies/impact`: one draft against the sessions that ended in the last `days` days, today included. */
export const ImpactBody = object({
  draft: DraftEntry,
  days: optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(1, `must be 1 to ${MAX_IMPACT_DAYS}`),
      v.maxValue(MAX_IMPACT_DAYS, `must be 1 to ${MAX_IMPACT_DAYS}`),
    ),
  ),
  each_session: optional(Bool),
});

/** The days that it looks back if the request does not say. */
export const DEFAULT_IMPACT_DAYS = 30;

export type DraftEntry = v.InferOutput<typeof DraftEntry>;
export type Connection = v.InferOutput<typeof Connection>;
export type EvaluateInput = v.InferOutput<typeof EvaluateBody>;
export type ImpactInput = v.InferOutput<typeof ImpactBody>;
