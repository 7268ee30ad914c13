import fc from "fast-check";
import type { WireEntry } from "./from-wire.ts";
import { policySpecs } from "./specs.ts";
import { NAMESPACES } from "./texts.ts";

const clusters = fc.oneof(
  { weight: 5, arbitrary: fc.constant<string[]>(["*"]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<string[]>(["eu-*"], ["us-1", "id:c-1"], ["id:c-2"], ["eu-?", "**"], ["*-2"]),
  },
);

const namespaced = fc.record({ namespace: fc.constantFrom(...NAMESPACES), clusters, spec: policySpecs });

const policy = fc.oneof(
  { weight: 2, arbitrary: namespaced.map((rest) => ({ kind: "MirrordPolicy" as const, ...rest })) },
  {
    weight: 3,
    arbitrary: fc
      .record({ clusters, spec: policySpecs })
      .map((rest) => ({ kind: "MirrordClusterPolicy" as const, namespace: null, ...rest })),
  },
);

const adjustments = { featureAdjustments: [{ change: "incoming-mirror" }] };

/** Profiles beside the policies: no rule is about whether one exists. */
const profiles: WireEntry[] = [
  { kind: "MirrordClusterProfile", name: "quiet", namespace: null, clusters: ["*"], spec: adjustments },
  { kind: "MirrordProfile", name: "quiet", namespace: "prod", clusters: ["*"], spec: adjustments },
];

/** What a catalog holds for one cluster: few policies, else each session would be refused. */
export const catalogs: fc.Arbitrary<WireEntry[]> = fc
  .tuple(fc.array(policy, { minLength: 1, maxLength: 4 }), fc.subarray(profiles))
  .map(([policies, others]) => [...policies.map((entry, n) => ({ ...entry, name: `p${n}` })), ...others]);
