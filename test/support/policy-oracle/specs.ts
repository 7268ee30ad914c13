import fc from "fast-check";
import { envGlobs, filePatterns, hostPatterns, PROFILES, pathGlobs, patterns, ranges } from "./texts.ts";

const labelKey = fc.constantFrom("app", "colour");
const labelValue = fc.constantFrom("web", "api", "blue");

export const labels = fc.dictionary(labelKey, labelValue, { maxKeys: 2, noNullPrototype: true });

const expression = fc.oneof(
  fc.record({
    key: labelKey,
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.uniqueArray(labelValue, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: labelKey, operator: fc.constantFrom("Exists", "DoesNotExist") }),
  fc.record({ key: labelKey, operator: fc.constantFrom("Exists", "DoesNotExist"), values: fc.constant([]) }),
);

const optionalFields: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };

const selector = fc.record(
  {
    matchLabels: fc.dictionary(labelKey, labelValue, { maxKeys: 1, noNullPrototype: true }),
    matchExpressions: fc.array(expression, { maxLength: 2 }),
  },
  optionalFields,
);

/** A value in so many of ten cases, else nothing. */
const inTenths = <T>(tenths: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: tenths, arbitrary }, { weight: 10 - tenths, arbitrary: fc.constant(undefined) });

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 7, arbitrary }, { weight: 1, arbitrary: fc.constant(null) });

const definedOf = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const blocks = fc.oneof(
  { weight: 3, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 5,
    arbitrary: fc.uniqueArray(fc.constantFrom("steal", "steal-without-filter", "mirror", "copy-target-scale-down"), {
      maxLength: 2,
    }),
  },
  { weight: 1, arbitrary: fc.constant(["mirror", "teleport"]) },
);

const rule = fc.record(
  {
    ipBlock: orNull(fc.record({ cidr: ranges, except: fc.array(ranges, { maxLength: 1 }) })),
    hostname: orNull(hostPatterns),
    ports: fc.array(fc.record({ port: fc.constantFrom(80, 443), protocol: fc.constantFrom("TCP", "UDP") }), {
      maxLength: 2,
    }),
  },
  optionalFields,
);

const network = fc.record(
  {
    incoming: fc.record({ httpFilter: fc.record({ headerFilter: orNull(patterns) }, optionalFields) }, optionalFields),
    outgoing: fc.record(
      { allow: fc.array(rule, { maxLength: 2 }), block: fc.array(rule, { maxLength: 1 }) },
      optionalFields,
    ),
  },
  optionalFields,
);

const files = fc.array(filePatterns, { maxLength: 2 });

const splitQueues = fc.constantFrom(
  null,
  {},
  { requireFilter: false, filters: [] },
  { requireFilter: true },
  { filters: [{ queueId: "orders", queueType: "sqs", rules: { allOf: [{ key: "user", pattern: "^u" }] } }] },
);

/** Specs of policies that validation accepts, the unknown fields and values with `allow_unknown`. */
export const policySpecs = fc
  .record({
    targetPath: inTenths(5, orNull(pathGlobs)),
    selector: inTenths(3, orNull(selector)),
    block: blocks,
    env: inTenths(3, fc.record({ exclude: fc.array(envGlobs, { maxLength: 2 }) }, optionalFields)),
    fs: inTenths(3, fc.record({ local: files, notFound: files, readOnly: files }, optionalFields)),
    network: inTenths(5, network),
    requireProfile: inTenths(2, fc.boolean()),
    profileAllowlist: inTenths(2, orNull(fc.uniqueArray(fc.constantFrom(...PROFILES), { maxLength: 2 }))),
    appliesToCopyTargets: inTenths(4, fc.boolean()),
    splitQueues: inTenths(1, splitQueues),
    future: inTenths(1, fc.constantFrom(true, null, {})),
  })
  .map(definedOf);
