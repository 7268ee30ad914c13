import type { ImpactResponse } from "./policy-answers.ts";

/** Why a verdict is unknown, in words, by the reason's name in an answer. */
export const UNKNOWN_REASONS: Readonly<Record<ImpactResponse["unknown"][number]["reason"], string>> = {
  no_facts: "recorded without policy facts",
  operator_semantics: "the operator's version is missing",
  features: "the features are missing",
  profile: "the profile is missing",
  http_filter: "the HTTP filter is missing",
  labels: "the target's labels are missing",
  owners: "the target's owners are missing",
  container: "the target's container is missing",
  copy_target: "whether the target was copied is missing",
  split_queues: "filters of queues are not recorded",
  pattern: "operators may read a pattern differently",
  unknown_field: "the policy has a field that this server does not know",
};
