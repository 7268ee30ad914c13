import type { Principal } from "./authenticate.ts";
import { ApiProblem } from "./problem.ts";

/** A lease token speaks for its own operator only. */
export const requireOwnInstance = (principal: Principal, instanceId: string): void => {
  if (principal.kind === "lease" && principal.instanceId !== instanceId)
    throw new ApiProblem("Forbidden", "the lease token is another operator's: instance_id differs");
};
