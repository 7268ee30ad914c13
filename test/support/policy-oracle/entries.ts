import fc from "fast-check";
import type { WireEntry } from "./from-wire.ts";
import { policySpecs } from "./specs.ts";
import { NAMESPACES } from "./texts.ts";

const namespaced = fc.record({ namespace: fc.constantFrom(...NAMESPACES), spec: policySpecs });

const policy = fc.oneof(
  { weight: 2, arbitrary: namespaced.map((rest) => ({ kind: "MirrordPolicy" as const, ...rest })) },
  {
    weight: 3,
    arbitrary: policySpecs.map((spec) => ({ kind: "MirrordClusterPolicy" as const, namespace: null, spec })),
  },
);

const adjustments = { featureAdjustments: [{ change: "incoming-mirror" }] };

/** Profiles beside the policies: no rule is about whether one exists. */
const profiles: WireEntry[] = [
  { kind: "MirrordClusterProfile", name: "quiet", namespace: null, spec: adjustments },
  { kind: "MirrordProfile", name: "quiet", namespace: "prod", spec: adjustments },
];

/** What a catalog holds for one cluster: few policies, else each session would be refused. */
export const catalogs: fc.Arbitrary<WireEntry[]> = fc
  .tuple(fc.array(policy, { minLength: 1, maxLength: 4 }), fc.subarray(profiles))
  .map(([policies, others]) => [...policies.map((entry, n) => ({ ...entry, name: `p${n}` })), ...others]);
