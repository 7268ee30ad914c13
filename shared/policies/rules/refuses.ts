import type { PolicyRule } from "../../contract/policy-answers.ts";
import type { HttpFilter, PlainFilter, PolicyFacts } from "../../contract/policy-facts.ts";
import { type Answer, all, not, some } from "./answer.ts";
import { type CompiledPolicy, matchesExpression } from "./compiled.ts";

/** What of a policy would refuse a session that it applies to, with whether it does. */
export type Refusal = { rule: PolicyRule; refuses: Answer };

/** Everything of a policy that can refuse a session, for the facts of one. */
export const refusals = (policy: CompiledPolicy, facts: PolicyFacts): Refusal[] => {
  const { block, requireProfile, profileAllowlist, splitQueues } = policy.spec;
  const headerFilter = policy.spec.network?.incoming?.httpFilter?.headerFilter ?? undefined;
  const blocks = new Set<string>([...block, ...(headerFilter === undefined ? [] : ["steal-without-filter"])]);
  const limitsQueues = splitQueues?.requireFilter === true || (splitQueues?.filters ?? []).length > 0;
  return [
    ...FEATURES.filter((feature) => blocks.has(feature)).map((feature) => ({
      rule: feature,
      refuses: uses(facts, feature),
    })),
    ...(blocks.has("steal-without-filter")
      ? [{ rule: "steal-without-filter" as const, refuses: all([uses(facts, "steal"), hasNoFilter(facts)]) }]
      : []),
    ...(headerFilter === undefined
      ? []
      : [
          {
            rule: "headerFilter" as const,
            refuses: all([
              uses(facts, "steal"),
              not(hasNoFilter(facts)),
              not(hasHeader(policy, headerFilter, facts.http_filter)),
            ]),
          },
        ]),
    ...(requireProfile === true ? [{ rule: "requireProfile" as const, refuses: hasNoProfile(facts) }] : []),
    ...(profileAllowlist === null || profileAllowlist === undefined
      ? []
      : [{ rule: "profileAllowlist" as const, refuses: isNotListed(facts, profileAllowlist) }]),
    // The facts of a start do not say which queues it splits.
    ...(limitsQueues ? [{ rule: "splitQueues" as const, refuses: "split_queues" as const }] : []),
    ...(policy.hasUnknown ? [{ rule: "unknown" as const, refuses: "unknown_field" as const }] : []),
  ];
};

const FEATURES = ["steal", "mirror", "copy-target-scale-down"] as const;

const uses = ({ features }: PolicyFacts, feature: (typeof FEATURES)[number]): Answer =>
  features === undefined ? "features" : (features ?? []).includes(feature);

const hasNoFilter = ({ http_filter }: PolicyFacts): Answer =>
  http_filter === undefined ? "http_filter" : http_filter === null;

const hasNoProfile = ({ profile }: PolicyFacts): Answer => (profile === undefined ? "profile" : profile === null);

// A list limits which profile may be selected. Only `requireProfile` requires one.
const isNotListed = ({ profile }: PolicyFacts, allowed: readonly string[]): Answer => {
  if (profile === undefined) return "profile";
  return profile !== null && !allowed.includes(profile);
};

/**
 * Whether an HTTP filter has the header filter that a policy requires. A filter without one has not. That is an assumption: the
 * public documents do not say it.
 */
const hasHeader = (policy: CompiledPolicy, pattern: string, filter: HttpFilter | null | undefined): Answer => {
  if (filter === undefined) return "http_filter";
  if (filter === null) return false;
  const matching = (filters: readonly PlainFilter[]): Answer[] =>
    filters.flatMap(({ header }) => (header === undefined ? [] : [matchesExpression(policy, pattern, header)]));
  if (filter.any_of !== undefined) {
    const matches = matching(filter.any_of);
    return matches.length > 0 && all(matches);
  }
  return some(matching(filter.all_of ?? [filter]));
};
