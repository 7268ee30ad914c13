import { type CatalogKind, isPolicy } from "../contract/catalog.ts";
import type { EntryName, Evaluation, PolicyChange, PolicyReason, Verdict } from "../contract/policy-answers.ts";
import { OPERATOR_SEMANTICS, type OperatorSemantics } from "../contract/policy-facts.ts";
import { type Answer, all } from "./rules/answer.ts";
import { applies } from "./rules/applies.ts";
import { changesOf, profileChanges } from "./rules/changes.ts";
import { type CompiledPolicy, compiledPolicy } from "./rules/compiled.ts";
import { refusals } from "./rules/refuses.ts";
import type { JudgedSession, PolicyEntry } from "./types.ts";

// A refusal is as rare as it needs the evaluator: hot functions load both together.
export { countRefusal } from "./count-refusal.ts";

/**
 * Which policies apply to a session, whether they allow it, and what they change. It is `refused` if a policy that applies
 * refuses it, and `unknown` if none does, but one could: then a fact is missing. Without `operator_semantics` the rules run for
 * both; where the two verdicts differ, it is `unknown`.
 */
export const evaluate = (entries: readonly PolicyEntry[], session: JudgedSession): Evaluation => {
  const judged = judgePolicies(entries, session);
  const verdicts = semanticsOf(session).map((_, index) =>
    verdictOf(judged.flatMap(({ reasons }) => reasons[index] ?? [])),
  );
  const [verdict = "allowed", other = verdict] = verdicts;
  const isSame = verdict === other;
  return {
    verdict: isSame ? verdict : "unknown",
    policies: judged.flatMap(({ policy, answer }) =>
      answer === false
        ? []
        : [{ ...nameOf(policy.entry), applies: answer === true ? ("yes" as const) : ("unknown" as const) }],
    ),
    reasons: judged.flatMap(({ reasons }) => mergedReasons(reasons, isSame)),
    changes: [
      ...judged.flatMap(({ policy, answer }): PolicyChange[] =>
        answer === true ? changesOf(policy.spec).map((change) => ({ ...nameOf(policy.entry), ...change })) : [],
      ),
      ...profileChanges(entries, session),
    ],
  };
};

export type JudgedPolicy = {
  policy: CompiledPolicy;
  /** Whether it applies. */
  answer: Answer;
  /** Whether it applies, for each of the semantics that may be those of the operator. */
  answers: Answer[];
  /** Why it refuses, for each of the semantics that may be those of the operator. */
  reasons: PolicyReason[][];
};

const semanticsOf = ({ facts }: JudgedSession): readonly OperatorSemantics[] =>
  facts.operator_semantics === undefined ? OPERATOR_SEMANTICS : [facts.operator_semantics];

/** The policies of a catalog, each with whether it applies to a session. Those of other clusters do not. */
export const judgePolicies = (entries: readonly PolicyEntry[], session: JudgedSession): JudgedPolicy[] =>
  entries
    .filter(({ kind }) => isPolicy(kind as CatalogKind))
    .map((entry) => {
      const policy = compiledPolicy(entry);
      // What this server does not know may also limit where the policy applies.
      const isSure: Answer = policy.hasUnknown ? "unknown_field" : true;
      const answers = semanticsOf(session).map((semantics) =>
        all([applies(entry, policy.spec, session, semantics), isSure]),
      );
      const [first = false, second = first] = answers;
      return {
        policy,
        answer: first === second ? first : "operator_semantics",
        answers,
        reasons: answers.map((answer) => reasonsOf(policy, answer, session)),
      };
    });

const reasonsOf = (policy: CompiledPolicy, applying: Answer, { facts }: JudgedSession): PolicyReason[] => {
  if (applying === false) return [];
  return refusals(policy, facts).flatMap(({ rule, refuses }): PolicyReason[] => {
    if (refuses === false) return [];
    const answer = all([applying, refuses]);
    return [
      {
        ...nameOf(policy.entry),
        verdict: answer === true ? "refused" : "unknown",
        rule,
        missing: typeof answer === "boolean" ? null : answer,
      },
    ];
  });
};

const verdictOf = (reasons: readonly PolicyReason[]): Verdict => {
  if (reasons.some(({ verdict }) => verdict === "refused")) return "refused";
  return reasons.length > 0 ? "unknown" : "allowed";
};

const mergedReasons = ([first = [], second = first]: PolicyReason[][], isSame: boolean): PolicyReason[] => {
  const united = [...first, ...second];
  const isInBoth = (reason: PolicyReason): boolean =>
    [first, second].every((reasons) => reasons.some((other) => isAlike(reason, other)));
  const merged = isSame ? united : united.map((reason) => (isInBoth(reason) ? reason : ofOneSemantics(reason)));
  return merged.filter((reason, index) => merged.findIndex((other) => isAlike(reason, other)) === index);
};

// Both are reasons of the same policy.
const isAlike = (one: PolicyReason, other: PolicyReason): boolean =>
  one.rule === other.rule && one.verdict === other.verdict && one.missing === other.missing;

const ofOneSemantics = (reason: PolicyReason): PolicyReason => ({
  ...reason,
  verdict: "unknown",
  missing: "operator_semantics",
});

export const nameOf = ({ kind, namespace, name }: PolicyEntry): EntryName => ({ kind, namespace, name });
