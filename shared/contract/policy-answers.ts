import * as v from "valibot";

/** The answers of `POST /api/v1/policies/evaluate` and `POST /api/v1/policies/impact`. */

const described = <TSchema extends v.GenericSchema>(schema: TSchema, description: string) =>
  v.pipe(schema, v.description(description));

const Text = v.string();
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What a verdict can lack. */
export const MISSING_FACTS = [
  "operator_semantics",
  "features",
  "profile",
  "http_filter",
  "labels",
  "owners",
  "container",
  "copy_target",
  "split_queues",
  "pattern",
  "unknown_field",
] as const;

/** What of a policy refuses a session. */
export const POLICY_RULES = [
  "steal",
  "steal-without-filter",
  "mirror",
  "copy-target-scale-down",
  "headerFilter",
  "requireProfile",
  "profileAllowlist",
  "splitQueues",
  "unknown",
] as const;

/** What of an entry changes a session. */
export const POLICY_CHANGES = [
  "env.exclude",
  "fs.local",
  "fs.notFound",
  "fs.readOnly",
  "network.outgoing.allow",
  "network.outgoing.block",
  "featureAdjustments",
] as const;

const entryName = { kind: Text, namespace: v.nullable(Text), name: Text };

/** An entry of the catalog, by its name. */
export const EntryName = v.object(entryName);

export const Verdict = described(
  v.picklist(["allowed", "refused", "unknown"]),
  "`unknown`: a policy could refuse it, and a fact is missing. Such a session is not refused.",
);

export const PolicyReason = v.object({
  ...entryName,
  verdict: v.picklist(["refused", "unknown"]),
  rule: described(v.picklist(POLICY_RULES), "What of the policy refuses, or could refuse, the session."),
  missing: described(v.nullable(v.picklist(MISSING_FACTS)), "The fact that an `unknown` lacks."),
});

export const PolicyChange = v.object({
  ...entryName,
  field: v.picklist(POLICY_CHANGES),
  values: described(v.array(v.unknown()), "The list of the spec, in its order."),
});

/** What `evaluate` finds of one session. */
export const Evaluation = v.object({
  verdict: Verdict,
  policies: described(
    v.array(v.object({ ...entryName, applies: v.picklist(["yes", "unknown"]) })),
    "The policies that apply to the session, or may apply.",
  ),
  reasons: described(v.array(PolicyReason), "Why it is not allowed."),
  changes: described(
    v.array(PolicyChange),
    "What policies that apply, and the selected profile, change in the session.",
  ),
});

export const EvaluateResponse = v.object({
  revision: described(Count, "The catalog that was read."),
  ...Evaluation.entries,
  env: described(
    v.exactOptional(v.array(v.object({ name: Text, excluded: v.nullable(v.boolean()) }))),
    "Whether each variable of the request is kept from the session.",
  ),
  files: described(
    v.exactOptional(
      v.array(
        v.object({
          path: Text,
          mode: described(
            v.nullable(v.picklist(["local", "notFound", "readOnly", "unknown"])),
            "Null: no policy changes it.",
          ),
        }),
      ),
    ),
    "How each file of the request is opened.",
  ),
  connections: described(
    v.exactOptional(v.array(v.object({ verdict: Verdict }))),
    "Whether each connection of the request is allowed, in its order.",
  ),
});

export const ImpactResponse = v.object({
  from: Text,
  to: Text,
  in_scope: described(Count, "Sessions that the draft applies to, or may apply to."),
  refused: described(v.nullable(Count), "Sessions that the draft would have refused. Null if no session has facts."),
  changed: described(v.nullable(Count), "Sessions that it would have changed. Null if no session has facts."),
  unknown: described(
    v.array(v.object({ reason: v.union([v.picklist(MISSING_FACTS), v.literal("no_facts")]), sessions: Count })),
    "Sessions without an answer, by what is missing.",
  ),
});

/** A job that is not done. Each request for it does a part of its work. */
export const JobResponse = v.object({
  job: v.object({
    id: Text,
    state: v.literal("running"),
    sessions: described(Count, "Sessions that it has read so far."),
    day: described(Text, "The day whose sessions it reads next, in UTC."),
  }),
});

export type JobResponse = v.InferOutput<typeof JobResponse>;
export type EntryName = v.InferOutput<typeof EntryName>;
export type Verdict = v.InferOutput<typeof Verdict>;
export type MissingFact = (typeof MISSING_FACTS)[number];
export type PolicyRule = (typeof POLICY_RULES)[number];
export type PolicyReason = v.InferOutput<typeof PolicyReason>;
export type PolicyChange = v.InferOutput<typeof PolicyChange>;
export type Evaluation = v.InferOutput<typeof Evaluation>;
export type EvaluateResponse = v.InferOutput<typeof EvaluateResponse>;
export type ImpactResponse = v.InferOutput<typeof ImpactResponse>;
