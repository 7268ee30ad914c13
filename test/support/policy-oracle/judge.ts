import type { HttpFilter, Policy, Session } from "./model.ts";
import { all, any, EITHER, NO, not, type Possible, sure, YES } from "./possible.ts";
import { regexFinds } from "./regex-search.ts";
import { applies, type Semantics } from "./scope.ts";

export type Verdict = "allowed" | "refused" | "unknown";

/** What operators of the session's version can do. Both where it is not known. */
export const worldsOf = ({ semantics }: Session): Semantics[] =>
  semantics === undefined ? ["target", "owners"] : [semantics];

/** What all worlds agree on, or `differ`. */
export const agreed = <T>(session: Session, inWorld: (semantics: Semantics) => T, differ: T): T => {
  const answers = new Set(worldsOf(session).map(inWorld));
  return answers.size === 1 ? ([...answers][0] as T) : differ;
};

/** The verdict of all policies. */
export const judge = (policies: readonly Policy[], session: Session): Verdict =>
  agreed<Verdict>(session, (semantics) => verdictIn(policies, session, semantics), "unknown");

const verdictIn = (policies: readonly Policy[], session: Session, semantics: Semantics): Verdict => {
  const refuses = any(policies.map((policy) => all([applies(policy, session, semantics), breaks(policy, session)])));
  if (refuses.yes && refuses.no) return "unknown";
  return refuses.yes ? "refused" : "allowed";
};

/** Whether a policy applies: yes or no where all worlds say so. */
export const appliesTo = (policy: Policy, session: Session): "yes" | "no" | "unknown" =>
  agreed<"yes" | "no" | "unknown">(
    session,
    (semantics) => {
      const { yes, no } = applies(policy, session, semantics);
      return yes && no ? "unknown" : yes ? "yes" : "no";
    },
    "unknown",
  );

/** Whether a session breaks a policy that applies to it. */
export const breaks = (policy: Policy, session: Session): Possible =>
  any([
    ...policy.block.map((blocked) => breaksBlock(blocked, session)),
    policy.headerFilter === null ? NO : all([uses("steal", session), breaksHeaderFilter(policy.headerFilter, session)]),
    policy.requiresProfile ? profileIs(session, (profile) => profile === null) : NO,
    policy.profileAllowlist === null ? NO : breaksAllowlist(policy.profileAllowlist, session),
    policy.rulesQueues || policy.hasUnknown ? EITHER : NO,
  ]);

const uses = (feature: string, { features }: Session): Possible =>
  features === undefined ? EITHER : sure(features.has(feature));

const breaksBlock = (blocked: string, session: Session): Possible => {
  if (blocked !== "steal-without-filter") return uses(blocked, session);
  return all([uses("steal", session), session.httpFilter === undefined ? EITHER : sure(session.httpFilter === null)]);
};

const breaksHeaderFilter = (pattern: string, { httpFilter }: Session): Possible => {
  if (httpFilter === undefined) return EITHER;
  if (httpFilter === null) return YES;
  const { headers, every } = headersOf(httpFilter);
  const matches = headers.map((header) => regexFinds(pattern, header));
  // A filter without a header matches nothing.
  if (matches.length === 0) return YES;
  return not(every ? all(matches) : any(matches));
};

const headersOf = (filter: HttpFilter): { headers: string[]; every: boolean } => {
  const parts = "one" in filter ? [filter.one] : "allOf" in filter ? filter.allOf : filter.anyOf;
  return { headers: parts.flatMap(({ header }) => (header === undefined ? [] : [header])), every: "anyOf" in filter };
};

const profileIs = ({ profile }: Session, holds: (profile: string | null) => boolean): Possible =>
  profile === undefined ? EITHER : sure(holds(profile));

const breaksAllowlist = (allowed: readonly string[], session: Session): Possible =>
  profileIs(session, (profile) => profile !== null && !new Set(allowed).has(profile));

/** The policies that are known to refuse a session: in each world where the verdict is the same, in both where it differs. */
export const refusing = (policies: readonly Policy[], session: Session): string[] => {
  const isSame = agreed(
    session,
    (semantics) =>
      verdictIn(policies, session, semantics) === verdictIn(policies, session, worldsOf(session)[0] as Semantics),
    false,
  );
  const refusesIn = (policy: Policy) => (semantics: Semantics) =>
    !all([applies(policy, session, semantics), breaks(policy, session)]).no;
  return policies
    .filter((policy) =>
      isSame ? worldsOf(session).some(refusesIn(policy)) : worldsOf(session).every(refusesIn(policy)),
    )
    .map(({ id }) => id);
};
