import type { Check } from "../doctor/check.ts";
import type { Look } from "./look.ts";

type Policy = { policyName: string; policyDocument: string };

/** What AWS allows for each region of an account (CloudWatch Logs quotas). */
const MAX_POLICIES = 10;
const MAX_CHARACTERS = 5_120;
/** Roughly one statement for all names below `/aws/vendedlogs/`. */
const STATEMENT_CHARACTERS = 400;

/**
 * Whether the access log of the public API can be delivered. API Gateway adds the log group to a resource policy of the account.
 * A policy that has all names below `/aws/vendedlogs/` needs no more.
 */
export const logChecks: Look = async ({ network }, ask) => {
  if (network.mode === "private") return [];
  const { resourcePolicies: policies } = (await ask("logs", "describe-resource-policies")) as {
    resourcePolicies: Policy[];
  };
  return [policyCheck(policies)];
};

const policyCheck = (policies: readonly Policy[]): Check => {
  const name = "log policy";
  const delivery = policies.find(({ policyName }) => policyName.startsWith("AWSLogDeliveryWrite"));
  if (delivery?.policyDocument.includes("/aws/vendedlogs/*") === true)
    return { name, result: "ok", found: "has the access log" };
  const advice = "Delete what is no longer used: aws logs describe-resource-policies.";
  if (delivery === undefined)
    return policies.length < MAX_POLICIES
      ? { name, result: "ok", found: `${policies.length} of ${MAX_POLICIES} policies` }
      : { name, result: "fail", found: `all ${MAX_POLICIES} policies are in use`, advice };
  const length = delivery.policyDocument.length;
  const found = `${length} of ${MAX_CHARACTERS} characters`;
  return length + STATEMENT_CHARACTERS > MAX_CHARACTERS
    ? { name, result: "fail", found, advice }
    : { name, result: "ok", found };
};
