import { NoQuery, SessionKillAllQuery } from "../../contract/queries.ts";
import type { SessionKillAllResponse } from "../../contract/responses.ts";
import type { ShownNames } from "../../privacy/shown-names.ts";
import { type KillDeps, killSession } from "../../sessions/kill.ts";
import { type KillAllOutcome, killSessions } from "../../sessions/kill-all.ts";
import { actorOf } from "../actor.ts";
import { clientFilter } from "../client-filter.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { pathId, pathIdFaults } from "../path-id.ts";
import { ApiProblem } from "../problem.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { shownNames } from "../shown-names.ts";

/** `DELETE /api/v1/sessions/{id}`: asks its operator to stop it. 202; 404 if it is not live, 409 if it cannot be stopped. */
export const deleteSession =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    parseQuery(request, NoQuery, { faults: pathIdFaults(call) });
    const outcome = await killSession(killDeps(runtime), pathId(call), actorOf(call), call);
    if (outcome === "not live") throw new ApiProblem("NotFound", "No live session has this id");
    if (outcome === "unable")
      throw new ApiProblem(
        "Conflict",
        "The agent of this cluster may not stop preview environments. Set killPreviews in its Helm values (KILL_PREVIEWS), or delete the PreviewSession in the cluster",
      );
    return { status: 202, headers: {}, body: "" };
  };

/** `DELETE /api/v1/sessions`: the same for all sessions, or for those of a filter. 202 with how many were live. */
export const deleteSessions =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const { namespace, user, cluster } = parseQuery(request, SessionKillAllQuery);
    const names = await shownNames(runtime);
    const filter = { namespace, cluster, isOf: clientFilter(user, names) };
    const by = { actor: actorOf(call), asked: { ...given({ namespace, cluster }), ...askedUser(user, names) } };
    const body: SessionKillAllResponse = killedAll(await killSessions(killDeps(runtime), filter, by, call));
    return json(202, body);
  };

const killedAll = ({ count, skipped }: KillAllOutcome): SessionKillAllResponse =>
  skipped.length === 0 ? { count } : { count, skipped };

const killDeps = ({ table, pace, newId, env }: Runtime): KillDeps => ({
  ...{ table, pace, newId },
  retentionDays: env.RETENTION_SESSIONS_DAYS,
});

const given = (filters: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined));

// The audit marks a pseudonym, so that it is not replaced by another one when it is shown.
const askedUser = (user: string | undefined, { pseudonymsOnly }: ShownNames): Record<string, string> =>
  given(pseudonymsOnly ? { userPseudonym: user } : { user });
