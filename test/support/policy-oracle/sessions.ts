import fc from "fast-check";
import { labels } from "./specs.ts";
import { CONTAINERS, headers, NAMES, NAMESPACES, PROFILES } from "./texts.ts";

const kind = fc.constantFrom(
  "Deployment",
  "deploy",
  "Pod",
  "Pod",
  "Rollout",
  "StatefulSet",
  "ReplicaSet",
  "Job",
  "CronJob",
  "label",
);

const name = fc.constantFrom(...NAMES);

const target = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record(
      { namespace: fc.constantFrom(...NAMESPACES), kind, name, container: fc.constantFrom(...CONTAINERS) },
      { requiredKeys: ["namespace", "kind", "name"], noNullPrototype: true },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      namespace: fc.constantFrom(...NAMESPACES),
      kind: fc.constant("targetless"),
      name: fc.constant("targetless"),
    }),
  },
);

const plainFilter = fc.oneof(
  { weight: 4, arbitrary: headers.filter((text) => text !== "").map((header) => ({ header })) },
  { weight: 1, arbitrary: fc.constantFrom({ path: "/api" }, { method: "GET" }, { body: "a" }) },
);
const several = fc.array(plainFilter, { minLength: 1, maxLength: 3 });

const httpFilter = fc.oneof(
  { weight: 2, arbitrary: plainFilter },
  { weight: 1, arbitrary: several.map((filters) => ({ all_of: filters })) },
  { weight: 1, arbitrary: several.map((filters) => ({ any_of: filters })) },
);

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: fc.constant(null) });

const owner = fc.record(
  {
    kind: fc.constantFrom("Deployment", "ReplicaSet", "StatefulSet", "Rollout", "CronJob"),
    name,
    labels: orNull(labels),
  },
  { requiredKeys: ["kind", "name"], noNullPrototype: true },
);

const features = fc.oneof(
  { weight: 4, arbitrary: fc.constant(["steal"]) },
  {
    weight: 3,
    arbitrary: fc.uniqueArray(fc.constantFrom("steal", "mirror", "copy-target-scale-down", "dns"), { maxLength: 2 }),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);

/** Most sessions have most of the facts, else nearly all verdicts would be unknown. */
const known = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 14, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });

const facts = fc
  .record({
    operator_semantics: known(fc.constantFrom("target" as const, "owners" as const)),
    features: known(features),
    profile: known(orNull(fc.constantFrom(...PROFILES, "other"))),
    http_filter: known(orNull(httpFilter)),
    labels: known(orNull(labels)),
    owners: known(orNull(fc.array(owner, { maxLength: 2 }))),
    copy_target: known(fc.constantFrom(false, false, true)),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const cluster = fc.record({
  id: fc.constantFrom("c-1", "c-2"),
  name: fc.constantFrom("eu-1", "eu-2", "us-1", undefined),
});

/** Sessions as a request describes them. */
export const sessions = fc.record({ cluster, target, policy_facts: facts });
