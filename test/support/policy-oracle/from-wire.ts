import type { PolicyFacts } from "../../../shared/contract/policy-facts.ts";
import type { Filter, HttpFilter, OutgoingRule, Policy, Session } from "./model.ts";

/** What the generator makes: an entry as it is saved. */
export type WireEntry = {
  kind: "MirrordPolicy" | "MirrordClusterPolicy" | "MirrordProfile" | "MirrordClusterProfile";
  name: string;
  namespace: string | null;
  clusters: string[];
  spec: Record<string, unknown>;
};

export type WireSession = {
  cluster: { id: string; name: string | undefined };
  target: { namespace: string; kind: string; name: string; container?: string };
  policy_facts: PolicyFacts;
};

const FIELDS = new Set([
  ...["targetPath", "selector", "block", "env", "fs", "network", "requireProfile", "profileAllowlist"],
  ...["appliesToCopyTargets", "splitQueues"],
]);
const BLOCKS = new Set(["steal", "steal-without-filter", "mirror", "copy-target-scale-down"]);

// biome-ignore lint/suspicious/noExplicitAny: a spec has any form.
type Json = any;

/** Policies of the entries, in their order. Profiles are none. */
export const policiesOf = (entries: readonly WireEntry[]): Policy[] =>
  entries.filter(({ kind }) => kind.endsWith("Policy")).map(policyOf);

const policyOf = ({ kind, name, namespace, clusters, spec }: WireEntry): Policy => {
  const { targetPath, selector, block, env, fs, network, profileAllowlist, splitQueues } = spec as Json;
  return {
    id: [kind, namespace, name].join("#"),
    namespace,
    clusters,
    targetPath: targetPath ?? null,
    selector: selector ?? null,
    block,
    headerFilter: network?.incoming?.httpFilter?.headerFilter ?? null,
    requiresProfile: spec["requireProfile"] === true,
    profileAllowlist: profileAllowlist ?? null,
    appliesToCopyTargets: spec["appliesToCopyTargets"] === true,
    envExclude: env?.exclude ?? [],
    files: { local: fs?.local ?? [], notFound: fs?.notFound ?? [], readOnly: fs?.readOnly ?? [] },
    outgoing: { allow: rules(network?.outgoing?.allow), block: rules(network?.outgoing?.block) },
    rulesQueues: splitQueues?.requireFilter === true || (splitQueues?.filters ?? []).length > 0,
    hasUnknown: Object.keys(spec).some((field) => !FIELDS.has(field)) || block.some((one: string) => !BLOCKS.has(one)),
  };
};

const rules = (list: OutgoingRule[] | undefined): OutgoingRule[] => list ?? [];

const TYPES: Readonly<Record<string, string>> = {
  Deployment: "deploy",
  deployment: "deploy",
  deploy: "deploy",
  Pod: "pod",
  pod: "pod",
  Rollout: "rollout",
  StatefulSet: "statefulset",
  ReplicaSet: "replicaset",
  Job: "job",
  CronJob: "cronjob",
  Service: "service",
  label: "label",
};

/** `<type>/<name>` of a workload; `targetless` has no name. */
const pathOf = (kind: string, name: string): string => (kind === "targetless" ? kind : `${TYPES[kind]}/${name}`);

export const sessionOf = ({ cluster, target, policy_facts: facts }: WireSession): Session => ({
  cluster,
  namespace: target.namespace,
  target: { path: pathOf(target.kind, target.name), labels: noneIsEmpty(ofTarget(target, facts.labels), {}) },
  container: target.container,
  owners: noneIsEmpty(ofTarget(target, facts.owners), [])?.map(({ kind, name, labels }) => ({
    path: pathOf(kind, name),
    labels: noneIsEmpty(labels, {}),
  })),
  semantics: facts.operator_semantics,
  features: facts.features === undefined ? undefined : new Set(facts.features ?? []),
  profile: facts.profile,
  httpFilter: filterOf(facts.http_filter),
  isCopyTarget: facts.copy_target,
});

/** A run without a target has no labels and no owners, whatever else is said. */
const ofTarget = <T>({ kind }: { kind: string }, fact: T): T | null => (kind === "targetless" ? null : fact);

const noneIsEmpty = <T>(value: T | null | undefined, empty: T): T | undefined => (value === null ? empty : value);

const filterOf = (filter: unknown): HttpFilter | null | undefined => {
  if (filter === null || filter === undefined) return filter;
  const { all_of: allOf, any_of: anyOf, ...one } = filter as { all_of?: Filter[]; any_of?: Filter[] } & Filter;
  if (allOf !== undefined) return { allOf };
  return anyOf === undefined ? { one } : { anyOf };
};
