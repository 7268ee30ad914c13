import { isAgentInstance } from "../operators/agent.ts";
import type { Principal } from "./authenticate.ts";
import { ApiProblem } from "./problem.ts";

/** Throws a 403 if a lease token or an agent's access token is used for another instance than its own. */
export const requireOwnInstance = (principal: Principal, instanceId: string): void => {
  if (principal.kind === "lease" && principal.instanceId !== instanceId)
    throw new ApiProblem("Forbidden", "The lease token belongs to another operator: instance_id differs");
  if (principal.kind === "agent" && principal.instanceId !== instanceId)
    throw new ApiProblem("Forbidden", "The access token belongs to another agent: instance_id differs");
};

/**
 * Whether the caller may change the sessions of its own instance alone. An operator that starts anew takes over what the silent
 * one before it left; an agent's instance stays the same, so that its token and its lease never need that.
 */
export const isBound = (principal: Principal): boolean =>
  principal.kind === "agent" || (principal.kind === "lease" && isAgentInstance(principal.instanceId));
