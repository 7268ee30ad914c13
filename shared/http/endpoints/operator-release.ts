import { NoQuery } from "../../contract/queries.ts";
import { releaseInstallation } from "../../operators/installations/release.ts";
import { actorOf } from "../actor.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { pathId, pathIdFaults } from "../path-id.ts";
import { ApiProblem } from "../problem.ts";
import type { Runtime } from "../runtime.ts";

/** `DELETE /api/v1/operators/{id}`: releases the slot of an installation now. 204; 404 if it has none. */
export const deleteOperator =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    parseQuery(request, NoQuery, { faults: pathIdFaults(call) });
    const { table, pace, newId, env } = runtime;
    const deps = { table, pace, newId, retentionDays: env.RETENTION_SESSIONS_DAYS };
    if (!(await releaseInstallation(deps, pathId(call), actorOf(call), call)))
      throw new ApiProblem(
        "NotFound",
        "This installation has no slot. GET /api/v1/operators lists the installations that have one",
      );
    return { status: 204, headers: {}, body: "" };
  };
