import type { PolicyFacts } from "../../../shared/contract/policy-facts.ts";
import { evaluate } from "../../../shared/policies/evaluate.ts";
import type { JudgedSession, PolicyEntry } from "../../../shared/policies/types.ts";

/** A cluster policy `p`, or what `parts` make of it. */
export const policy = (spec: object = {}, parts: Partial<PolicyEntry> = {}): PolicyEntry => ({
  kind: parts.namespace === undefined || parts.namespace === null ? "MirrordClusterPolicy" : "MirrordPolicy",
  name: "p",
  namespace: null,
  clusters: ["*"],
  spec: { block: [], ...spec },
  ...parts,
});

/** Facts in which nothing is missing: a session that uses nothing. */
export const FACTS: PolicyFacts = {
  operator_semantics: "target",
  features: null,
  profile: null,
  http_filter: null,
  labels: null,
  owners: null,
  copy_target: false,
};

/** A session of `type/name[/container/name]` in the namespace `default` of the cluster `prod`. */
export const session = (path: string, facts: PolicyFacts = {}, parts: Partial<JudgedSession> = {}): JudgedSession => {
  const [kind = "", name = kind, , container] = path.split("/");
  return {
    cluster: { id: "uid-1", name: "prod" },
    target: { namespace: "default", kind, name, ...(container === undefined ? {} : { container }) },
    facts: { ...FACTS, ...facts },
    ...parts,
  };
};

export const verdict = (spec: object, ofSession: JudgedSession): string => evaluate([policy(spec)], ofSession).verdict;

/** Whether a policy applies: `yes`, `no` or the missing fact. */
export const applying = (spec: object, ofSession: JudgedSession, parts: Partial<PolicyEntry> = {}): string => {
  const { policies, reasons } = evaluate([policy({ ...spec, requireProfile: true }, parts)], ofSession);
  const [found] = policies;
  return found === undefined ? "no" : found.applies === "yes" ? "yes" : String(reasons[0]?.missing);
};
