import type { PolicyReason, PolicyRule } from "../contract/policy-answers.ts";
import type { Fault } from "../contract/problems.ts";
import { SESSION_CONFLICT, SESSION_ENDED } from "../heartbeat/heartbeat.ts";
import { refusingPolicies, shownEntry } from "../policies/count-refusal.ts";
import type { FullPools } from "../seats/admit.ts";
import type { StartOutcome } from "../sessions/start.ts";
import { ApiProblem } from "./problem.ts";

/** The problem that answers a start which was not accepted. */
export const startRefusal = (outcome: Exclude<StartOutcome, { kind: "started" }>): ApiProblem => {
  if (outcome.kind === "conflict") return new ApiProblem("SessionConflict", SESSION_CONFLICT);
  if (outcome.kind === "over") return new ApiProblem("SessionEnded", SESSION_ENDED);
  if (outcome.code === "PolicyDenied") return policyRefusal(outcome.reasons ?? []);
  if (outcome.code === "MaxSeatCountReached" && outcome.pools !== undefined)
    return new ApiProblem(outcome.code, poolRefusal(outcome.pools));
  return new ApiProblem(outcome.code, DENIALS[outcome.code] ?? "The session is refused");
};

const poolRefusal = ({ own, free }: FullPools): string => {
  const full = own === undefined ? "All common seats are" : `All seats reserved for ${own} and all common seats are`;
  const others = free === 1 ? "The 1 free seat is" : `The ${free} free seats are`;
  return `${full} in use. ${others} reserved for other users. An admin can release a seat or change the reservations`;
};

/** The most policies, and the most of their rules, that an answer names. */
const MAX_NAMED_POLICIES = 20;

const policyRefusal = (reasons: readonly PolicyReason[]): ApiProblem => {
  const names = refusingPolicies(reasons).slice(0, MAX_NAMED_POLICIES).map(shownEntry);
  const policies = names.length === 0 ? "A policy" : names.join(", ");
  return new ApiProblem(
    "PolicyDenied",
    `The session is refused by ${policies}. Change what it uses, or ask the owners of the policy`,
    {
      faults: reasons.slice(0, MAX_NAMED_POLICIES).map((reason) => ({
        path: RULES[reason.rule].path,
        message: `${RULES[reason.rule].message} (${shownEntry(reason)})`,
      })),
    },
  );
};

/** Where the fact is that a rule refuses, and why it does. */
const RULES: Record<PolicyRule, Fault> = {
  steal: { path: "policy_facts.features", message: "stealing traffic is blocked" },
  "steal-without-filter": {
    path: "policy_facts.http_filter",
    message: "stealing traffic without an HTTP filter is blocked",
  },
  mirror: { path: "policy_facts.features", message: "mirroring traffic is blocked" },
  "copy-target-scale-down": { path: "policy_facts.features", message: "scaling down a copied target is blocked" },
  headerFilter: {
    path: "policy_facts.http_filter",
    message: "the HTTP filter does not have the required header filter",
  },
  requireProfile: { path: "policy_facts.profile", message: "a profile is required" },
  profileAllowlist: { path: "policy_facts.profile", message: "the profile is not in the list of allowed profiles" },
  splitQueues: { path: "policy_facts", message: "the split queues are limited" },
  unknown: { path: "policy_facts", message: "a rule that this server does not know" },
};

const DENIALS: Record<string, string> = {
  MaxSeatCountReached: "All seats of the license are in use. An admin can release one",
  LicenseExpired: "The license has expired, so no new session can start. Renew it",
  LicenseNotYetValid: "The license is not valid yet, so no new session can start",
};
