import type { ImpactResponse, MissingFact } from "../contract/policy-answers.ts";
import type { PolicyFacts } from "../contract/policy-facts.ts";
import type { PolicySpec } from "../contract/policy-spec.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { evaluate } from "./evaluate.ts";
import type { Cluster, JudgedSession, PolicyEntry } from "./types.ts";

/** An ended session, or a row of several that are alike. */
export type RecordedSessions = {
  cluster: Cluster;
  target: JudgedSession["target"];
  /** Undefined if their operator sent none. */
  facts: PolicyFacts | undefined;
  labels: Readonly<Record<string, string>> | undefined;
  copyTarget: boolean | undefined;
  sessions: number;
};

/** Why there is no answer for a session. `no_facts`: its operator sent none. */
export type Unanswered = MissingFact | "no_facts";

/** What a draft would have done, summed over sessions. It is stored between the steps of a job. */
export type Impact = {
  inScope: number;
  /** Of those in scope, the ones that have facts. */
  judged: number;
  refused: number;
  changed: number;
  unknown: Partial<Record<Unanswered, number>>;
};

export const noImpact = (): Impact => ({ inScope: 0, judged: 0, refused: 0, changed: 0, unknown: {} });

/** Whether sums per day and target answer for a draft: it does not depend on the cluster or the container of a session. */
export const isServedByRollups = ({ clusters, spec }: PolicyEntry): boolean =>
  clusters.includes("*") && !((spec as PolicySpec).targetPath ?? "").includes("/container/");

/** Adds sessions to the impact of a draft. Those without facts are only in scope, judged by their given target. */
export const addSessions = (impact: Impact, draft: PolicyEntry, recorded: RecordedSessions): void => {
  const { cluster, target, facts, sessions } = recorded;
  const found = evaluate([draft], { cluster, target, facts: facts ?? withoutFacts(recorded) });
  if (found.policies.length === 0) return;
  impact.inScope += sessions;
  const count = (reason: Unanswered): void => {
    impact.unknown[reason] = (impact.unknown[reason] ?? 0) + sessions;
  };
  if (facts === undefined) {
    count("no_facts");
    return;
  }
  impact.judged += sessions;
  if (found.verdict === "refused") impact.refused += sessions;
  else if (found.verdict === "unknown") count(found.reasons[0]?.missing ?? "unknown_field");
  else if (found.changes.length > 0) impact.changed += sessions;
  else if (found.policies[0]?.applies === "unknown" && changes(draft)) count(missingOf(draft, recorded));
};

const withoutFacts = ({ labels, copyTarget }: RecordedSessions): PolicyFacts => ({
  operator_semantics: "owners",
  owners: null,
  labels,
  copy_target: copyTarget ?? false,
});

// A policy that only changes sessions has no reasons. With a rule that always refuses, the reason is why it may not apply.
const missingOf = (draft: PolicyEntry, { cluster, target, facts }: RecordedSessions): Unanswered => {
  const refusing = { ...draft, spec: { ...(draft.spec as PolicySpec), requireProfile: true } };
  const judged = evaluate([refusing], { cluster, target, facts: { ...facts, profile: null } });
  return judged.reasons[0]?.missing ?? "unknown_field";
};

const changes = ({ spec }: PolicyEntry): boolean => {
  const { env, fs, network } = spec as PolicySpec;
  const lists = [
    env?.exclude,
    fs?.local,
    fs?.notFound,
    fs?.readOnly,
    network?.outgoing?.allow,
    network?.outgoing?.block,
  ];
  return lists.some((list) => (list ?? []).length > 0);
};

/** The impact as the API shows it. Where no session in scope has facts, nothing is known but the scope. */
export const impactAnswer = (impact: Impact, period: { from: EpochMs; to: EpochMs }): ImpactResponse => {
  const { inScope, judged, refused, changed, unknown } = impact;
  const isKnown = judged > 0 || inScope === 0;
  return {
    from: formatTime(period.from),
    to: formatTime(period.to),
    in_scope: inScope,
    refused: isKnown ? refused : null,
    changed: isKnown ? changed : null,
    unknown: Object.entries(unknown)
      .map(([reason, sessions]) => ({ reason: reason as Unanswered, sessions }))
      .sort((one, other) => (one.reason < other.reason ? -1 : 1)),
  };
};
