import * as v from "valibot";
import { Bool, Labels, object, optional, text } from "./fields.ts";

/**
 * What an operator knows of a session when it starts it, for the policies. An absent field is not known; null means that
 * there is none. A policy that needs a fact which is not known cannot refuse the session.
 */

/** `target`: operators before 3.200 judge the given target alone. `owners`: from 3.200 on, the owners' paths and labels count. */
export const OPERATOR_SEMANTICS = ["target", "owners"] as const;

/** The features of a session that policies can block. Others may be listed and are not judged. */
export const BLOCKABLE_FEATURES = ["steal", "mirror", "copy-target-scale-down"] as const;

const MAX_FILTERS = 32;

const FilterText = text(1_024);

const ONE_KIND = "must have exactly one of its kinds of filter";

const hasOne = (filter: object): boolean =>
  Object.values(filter).filter((value) => value !== undefined && value !== null).length === 1;

/** The check that refuses a filter of no kind, or of several. The OpenAPI document writes it as a number of properties. */
export const oneKind = v.check<object, string>(hasOne, ONE_KIND);

const ofOneKind = <TSchema extends v.GenericSchema<unknown, object>>(schema: TSchema) =>
  v.pipe(schema, oneKind) as unknown as TSchema;

const leaf = {
  header: optional(FilterText),
  path: optional(FilterText),
  method: optional(FilterText),
  body: optional(FilterText),
};

const PlainFilter = ofOneKind(object(leaf));

const Filters = v.pipe(
  v.array(PlainFilter, "must be a list"),
  v.minLength(1, "must not be empty"),
  v.maxLength(MAX_FILTERS, `must have at most ${MAX_FILTERS} entries`),
);

/** The HTTP filter of a stealing session: one filter, or one level of several. */
export const HttpFilter = ofOneKind(object({ ...leaf, all_of: optional(Filters), any_of: optional(Filters) }));

/** What owns the target, directly or not: `deploy/x` owns its ReplicaSets and pods. */
const Owner = object({ kind: text(128), name: text(253), labels: v.optional(v.nullable(Labels)) });

const notKnownOrNone = <TSchema extends v.GenericSchema>(schema: TSchema) => v.optional(v.nullable(schema));

/** `policy_facts` of a session's start. */
export const PolicyFacts = object({
  operator_semantics: v.optional(v.picklist(OPERATOR_SEMANTICS, `must be one of ${OPERATOR_SEMANTICS.join(", ")}`)),
  features: notKnownOrNone(
    v.pipe(v.array(text(128), "must be a list"), v.maxLength(32, "must have at most 32 entries")),
  ),
  profile: notKnownOrNone(text(317)),
  http_filter: notKnownOrNone(HttpFilter),
  labels: notKnownOrNone(Labels),
  owners: notKnownOrNone(v.pipe(v.array(Owner, "must be a list"), v.maxLength(16, "must have at most 16 entries"))),
  copy_target: v.optional(Bool),
});

export type PolicyFacts = v.InferOutput<typeof PolicyFacts>;
export type OperatorSemantics = (typeof OPERATOR_SEMANTICS)[number];
export type HttpFilter = v.InferOutput<typeof HttpFilter>;
export type PlainFilter = v.InferOutput<typeof PlainFilter>;
