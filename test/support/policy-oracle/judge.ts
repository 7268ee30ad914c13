import type { HttpFilter, Policy, Session } from "./model.ts";
import { all, any, EITHER, NO, type Possible, sure, YES } from "./possible.ts";
import { regexFinds } from "./regex-search.ts";
import { applies, type Semantics } from "./scope.ts";

export type Verdict = "allowed" | "refused" | "unknown";

/** The verdict of all policies. Where the operator's version is not known, both semantics must agree. */
export const judge = (policies: readonly Policy[], session: Session): Verdict => {
  const worlds: Semantics[] = session.semantics === undefined ? ["target", "owners"] : [session.semantics];
  const verdicts = new Set(worlds.map((semantics) => verdictIn(policies, session, semantics)));
  return verdicts.size === 1 ? ([...verdicts][0] as Verdict) : "unknown";
};

const verdictIn = (policies: readonly Policy[], session: Session, semantics: Semantics): Verdict => {
  const refuses = any(policies.map((policy) => all([applies(policy, session, semantics), breaks(policy, session)])));
  if (refuses.yes && refuses.no) return "unknown";
  return refuses.yes ? "refused" : "allowed";
};

/** Whether a session breaks a policy that applies to it. */
export const breaks = (policy: Policy, session: Session): Possible =>
  any([
    ...policy.block.map((blocked) => breaksBlock(blocked, session)),
    policy.headerFilter == null ? NO : all([uses("steal", session), breaksHeaderFilter(policy.headerFilter, session)]),
    policy.requireProfile === true ? profileIs(session, (profile) => profile === null) : NO,
    policy.profileAllowlist == null ? NO : breaksAllowlist(policy.profileAllowlist, session),
    policy.hasUnknownFields ? EITHER : NO,
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
  const misses = headers.map((header) => {
    const { yes, no } = regexFinds(pattern, header);
    return { yes: no, no: yes };
  });
  // Without a header nothing matches.
  if (misses.length === 0) return YES;
  return every ? any(misses) : all(misses);
};

const headersOf = (filter: HttpFilter): { headers: string[]; every: boolean } => {
  const parts = "one" in filter ? [filter.one] : "allOf" in filter ? filter.allOf : filter.anyOf;
  return { headers: parts.flatMap(({ header }) => (header === undefined ? [] : [header])), every: "anyOf" in filter };
};

const profileIs = ({ profile }: Session, holds: (profile: string | null) => boolean): Possible =>
  profile === undefined ? EITHER : sure(holds(profile));

const breaksAllowlist = (allowed: readonly string[], session: Session): Possible =>
  profileIs(session, (profile) => profile !== null && !new Set(allowed).has(profile));
