import type { Principal } from "./authenticate.ts";
import { ApiProblem } from "./problem.ts";

/** Throws a 403 if a lease token or an agent's access token is used for another instance than its own. */
export const requireOwnInstance = (principal: Principal, instanceId: string): void => {
  if (principal.kind === "lease" && principal.instanceId !== instanceId)
    throw new ApiProblem("Forbidden", "The lease token belongs to another operator: instance_id differs");
  if (principal.kind === "agent" && principal.instanceId !== instanceId)
    throw new ApiProblem("Forbidden", "The access token belongs to another agent: instance_id differs");
};
