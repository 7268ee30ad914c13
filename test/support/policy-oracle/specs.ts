import fc from "fast-check";
import { PROFILES, pathGlobs, patterns } from "./texts.ts";

const labelKey = fc.constantFrom("app", "colour");
const labelValue = fc.constantFrom("web", "api", "blue");

export const labels = fc.dictionary(labelKey, labelValue, { maxKeys: 2 });

const expression = fc.oneof(
  fc.record({
    key: labelKey,
    operator: fc.constantFrom("In", "NotIn"),
    values: fc.uniqueArray(labelValue, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key: labelKey, operator: fc.constantFrom("Exists", "DoesNotExist") }),
  fc.record({ key: labelKey, operator: fc.constantFrom("Exists", "DoesNotExist"), values: fc.constant([]) }),
);

const selector = fc.record(
  {
    matchLabels: fc.dictionary(labelKey, labelValue, { maxKeys: 1 }),
    matchExpressions: fc.array(expression, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const sometimes = <T>(arbitrary: fc.Arbitrary<T>, one: number) =>
  fc.oneof({ weight: one, arbitrary }, { weight: 4, arbitrary: fc.constant(undefined) }).map((value) => value);

const features = fc.constantFrom("steal", "steal-without-filter", "mirror", "copy-target-scale-down");

const definedOf = <T extends Record<string, unknown>>(fields: T): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const headerFilter = patterns.map((text) => ({ incoming: { httpFilter: { headerFilter: text } } }));

/** Specs of policies that validation accepts. Fields that are absent, null or empty come up alike. */
export const policySpecs = fc
  .record({
    targetPath: sometimes(
      fc.oneof({ weight: 5, arbitrary: pathGlobs }, { weight: 1, arbitrary: fc.constant(null) }),
      6,
    ),
    selector: sometimes(fc.oneof({ weight: 5, arbitrary: selector }, { weight: 1, arbitrary: fc.constant(null) }), 3),
    block: fc.oneof(fc.constant([]), fc.uniqueArray(features, { maxLength: 2 })),
    network: sometimes(headerFilter, 3),
    requireProfile: sometimes(fc.boolean(), 1),
    profileAllowlist: sometimes(
      fc.oneof(fc.uniqueArray(fc.constantFrom(...PROFILES), { maxLength: 2 }), fc.constant(null)),
      2,
    ),
    appliesToCopyTargets: sometimes(fc.boolean(), 3),
  })
  .map(definedOf);
