import * as v from "valibot";
import { OperatorListQuery } from "../../contract/queries.ts";
import { Id } from "../../contract/requests.ts";
import type { OperatorListResponse } from "../../contract/responses.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import type { Agent } from "../../operators/agent.ts";
import { installationOf, isMarkOf } from "../../operators/installations/installation.ts";
import { listOperatorPage } from "../../operators/list.ts";
import { isSilent, type Operator } from "../../operators/operator.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import type { Endpoint } from "../handler.ts";
import { parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/operators`: the operator instances in the order of their ids, in pages. */
export const getOperators =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    const { limit, cursor } = parseQuery(request, OperatorListQuery);
    const after = cursor === undefined ? undefined : readCursor(cursor, Cursor).after;
    const page = await listOperatorPage(runtime.table, { limit, after });
    const body: OperatorListResponse = {
      operators: page.operators.map((operator) => shown(operator, runtime.staleMs, now)),
      next: page.next === undefined ? null : writeCursor({ after: page.next }),
    };
    return json(200, body);
  };

const Cursor = v.strictObject({ after: Id });

const shown = (operator: Operator, staleMs: number, now: EpochMs): OperatorListResponse["operators"][number] => ({
  instance_id: operator.instanceId,
  kind: operator.agent === undefined ? "operator" : "agent",
  cluster: operator.cluster ?? null,
  cluster_id: operator.clusterId ?? null,
  version: operator.version ?? null,
  state: stateOf(operator, staleMs, now),
  first_seen: timeOrNull(operator.firstSeen),
  last_heartbeat: timeOrNull(operator.lastHeartbeat),
  last_listed: timeOrNull(operator.listedAt),
  lease: { state: leaseStateOf(operator, now), expires_at: timeOrNull(operator.leaseUntil) },
  // The digest is written a moment after the session, so it may be off.
  ...(isMarkOf(operator.slot, installationOf(operator)) ? { installation: installationOf(operator) } : {}),
  live_sessions: Math.max(0, operator.digest.count),
  agent: operator.agent === undefined ? null : shownAgent(operator.agent),
});

const shownAgent = (agent: Agent) => ({
  version: agent.version,
  process_id: agent.processId,
  enforces: agent.enforces,
  applies_catalog: agent.appliesCatalog,
  kills_previews: agent.killsPreviews,
  observed_at: timeOrNull(agent.observedAt),
});

const stateOf = (operator: Operator, staleMs: number, now: EpochMs) => {
  if (operator.givenUp) return "gone";
  return isSilent(operator, staleMs, now) ? "stale" : "active";
};

const leaseStateOf = ({ leaseUntil }: Operator, now: EpochMs) => {
  if (leaseUntil === undefined) return "none";
  return leaseUntil > now ? "active" : "expired";
};

const timeOrNull = (at: EpochMs | undefined): string | null => (at === undefined ? null : formatTime(at));
