import * as v from "valibot";
import { CATALOG_LIMITS } from "./catalog.ts";

/**
 * The `spec` of a policy and of a profile, as the custom resources of the operator's chart 3.187 and its later documents have
 * it. Here is the structure; `shared/policies/spec` also checks patterns, address ranges and sizes.
 */

/** What a policy can block. */
export const BLOCKS = ["steal", "steal-without-filter", "mirror", "copy-target-scale-down"] as const;

/** The operators of a label selector's expressions. */
export const SELECTOR_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"] as const;

/** What a profile changes in the user's configuration. */
export const PROFILE_CHANGES = [
  "incoming-mirror",
  "incoming-steal",
  "incoming-off",
  "dns-remote",
  "dns-off",
  "outgoing-remote",
  "outgoing-off",
] as const;

/** The most characters of a regular expression in a spec. */
export const MAX_SPEC_PATTERN = 1_000;

/** The message of a field that the schemas do not have. */
export const UNKNOWN_FIELD = "is not a field that this server knows. Set allow_unknown if an operator supports it";
/** How the message of a value begins that an enumeration does not have. */
export const UNKNOWN_VALUE = "must be one of";

const Text = v.pipe(v.string("must be a string"), v.minLength(1, "must not be empty"));
const AnyText = v.string("must be a string");
const Bool = v.boolean("must be true or false");

const message = (issue: v.BaseIssue<unknown>): string =>
  issue.path === undefined ? "must be an object" : "is required";

const isNoList = v.check<unknown, string>((value) => !Array.isArray(value), "must be an object");

// A strict object of valibot stops at the first unknown field. An author gets all faults at once.
const object = <const TEntries extends v.ObjectEntries>(entries: TEntries) =>
  v.pipe(
    v.unknown(),
    isNoList,
    v.objectWithRest(entries, v.never(UNKNOWN_FIELD), message),
  ) as unknown as v.GenericSchema<
    v.InferInput<v.ObjectSchema<TEntries, undefined>>,
    v.InferOutput<v.ObjectSchema<TEntries, undefined>>
  >;

const list = <TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.pipe(
    v.array(schema, "must be a list"),
    v.maxLength(CATALOG_LIMITS.list, `must have at most ${CATALOG_LIMITS.list} entries`),
  );

const oneOf = <const TOptions extends readonly string[]>(options: TOptions) =>
  v.picklist(options, `${UNKNOWN_VALUE} ${options.join(", ")}`);

const Selector = object({
  matchLabels: v.nullish(v.record(AnyText, AnyText, "must be an object")),
  matchExpressions: v.nullish(
    list(object({ key: Text, operator: oneOf(SELECTOR_OPERATORS), values: v.nullish(list(AnyText)) })),
  ),
});

const Port = object({
  port: v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(0, "must be a port, 0 to 65535"),
    v.maxValue(65_535, "must be a port, 0 to 65535"),
  ),
  protocol: oneOf(["TCP", "UDP"]),
});

const OutgoingRule = object({
  ipBlock: v.nullish(object({ cidr: Text, except: v.optional(list(Text)) })),
  hostname: v.nullish(Text),
  ports: v.optional(list(Port)),
});

const QueueRule = object({ key: Text, pattern: v.nullish(Text) });

/** What messages a session may take from the split queues of its target. Only operators from 3.199 have it. */
const SplitQueues = object({
  requireFilter: v.optional(Bool),
  filters: v.optional(
    list(
      object({
        queueId: v.nullish(Text),
        queueType: v.nullish(Text),
        rules: v.nullish(object({ allOf: v.nullish(list(QueueRule)), anyOf: v.nullish(list(QueueRule)) })),
      }),
    ),
  ),
});

/** The `spec` of `MirrordPolicy` and `MirrordClusterPolicy`. */
export const PolicySpec = object({
  targetPath: v.nullish(Text),
  selector: v.nullish(Selector),
  block: list(oneOf(BLOCKS)),
  env: v.optional(object({ exclude: v.optional(list(Text)) })),
  fs: v.optional(
    object({ readOnly: v.optional(list(Text)), local: v.optional(list(Text)), notFound: v.optional(list(Text)) }),
  ),
  network: v.optional(
    object({
      incoming: v.optional(object({ httpFilter: v.optional(object({ headerFilter: v.nullish(Text) })) })),
      outgoing: v.optional(object({ allow: v.optional(list(OutgoingRule)), block: v.optional(list(OutgoingRule)) })),
    }),
  ),
  requireProfile: v.optional(Bool),
  profileAllowlist: v.nullish(list(Text)),
  appliesToCopyTargets: v.optional(Bool),
  splitQueues: v.nullish(SplitQueues),
});

/** The `spec` of `MirrordProfile` and `MirrordClusterProfile`. */
export const ProfileSpec = object({ featureAdjustments: list(object({ change: oneOf(PROFILE_CHANGES) })) });

export type PolicySpec = v.InferOutput<typeof PolicySpec>;
export type ProfileSpec = v.InferOutput<typeof ProfileSpec>;
export type OutgoingRule = v.InferOutput<typeof OutgoingRule>;
export type Selector = v.InferOutput<typeof Selector>;
