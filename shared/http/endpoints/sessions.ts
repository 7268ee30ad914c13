import { SessionEndBody, SessionStartBody } from "../../contract/requests.ts";
import type { SessionEndResponse, SessionStartResponse } from "../../contract/responses.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import { applyMoves, type LiveMoves } from "../../operators/live-set.ts";
import { heldUntil } from "../../seats/book.ts";
import { seatNumbers } from "../../seats/numbers.ts";
import { endSession } from "../../sessions/end.ts";
import { normalizeEnd, normalizeStart } from "../../sessions/events.ts";
import type { SessionStart } from "../../sessions/record.ts";
import { type StartOutcome, startSession } from "../../sessions/start.ts";
import type { Call, Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { requireKnownVersion } from "../operator-version.ts";
import { isBound, requireOwnInstance } from "../own-instance.ts";
import { parseBody } from "../parse.ts";
import { pathId, pathIdFaults } from "../path-id.ts";
import { ApiProblem, badRequest } from "../problem.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { sessionDeps } from "../session-deps.ts";
import { warnOfSkew } from "../skew.ts";
import { startRefusal } from "../start-refusal.ts";

/** `POST /api/v1/sessions`: a session starts. 201 if it is new, 200 for the same start again. */
export const postSession =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const input = parseBody(request, SessionStartBody);
    requireOwnInstance(call.principal, input.instance_id);
    call.note({ instance_id: input.instance_id, session_id: input.session_id });
    warnOfSkew(call, input.instance_id, input.sent_at);
    const timing = { now: call.now, sentAt: input.sent_at, retentionDays: runtime.env.RETENTION_SESSIONS_DAYS };
    const start = normalizeStart(input, timing);
    if (!start.ok) throw badRequest(start.faults);
    const license = await heldLicense(runtime.license);
    await requireKnownVersion(runtime, license, input.instance_id, call);
    const moves: LiveMoves = new Map();
    const cluster = await runtime.clusters.of(input.instance_id);
    const outcome = await startSession(
      sessionDeps(runtime, call),
      { ...start.value, clusterId: cluster.id, clusterName: cluster.name },
      license,
      { when: "before it runs", isBound: isBound(call.principal) },
      call,
      moves,
    );
    await moveLiveSets(runtime, call, moves);
    if (outcome.kind !== "started") throw startRefusal(outcome);
    const mayHold = !(await runtime.policies.couldRefuse(cluster));
    const body = await startedBody(runtime, input.session_id, outcome, license, mayHold, call.now);
    return json(outcome.created ? 201 : 200, body);
  };

/** `POST /api/v1/sessions/{id}/end`: a session ended. 200, and 200 again for the same event. */
export const postSessionEnd =
  (runtime: Runtime): Endpoint =>
  async (request, call) => {
    const input = parseBody(request, SessionEndBody, { faults: pathIdFaults(call) });
    const sessionId = pathId(call);
    const by = call.principal.kind === "lease" ? call.principal.instanceId : undefined;
    call.note({ instance_id: by ?? input.start?.instance_id, session_id: sessionId });
    warnOfSkew(call, by ?? input.start?.instance_id, input.sent_at);
    const timing = { now: call.now, sentAt: input.sent_at, retentionDays: runtime.env.RETENTION_SESSIONS_DAYS };
    const end = normalizeEnd(sessionId, input, by, timing);
    if (!end.ok) throw badRequest(end.faults);
    const moves: LiveMoves = new Map();
    const outcome = await endSession(
      sessionDeps(runtime, call),
      { ...end.value, start: await inItsCluster(runtime, end.value.start), isBound: isBound(call.principal) },
      call,
      moves,
    );
    await moveLiveSets(runtime, call, moves);
    switch (outcome.kind) {
      case "ended": {
        const body: SessionEndResponse = { session_id: sessionId, duration_secs: outcome.seconds };
        return json(200, body);
      }
      case "unknown":
        throw new ApiProblem("NotFound", "The start of this session is unknown. Send the end with `start`");
      case "conflict":
        throw new ApiProblem("Forbidden", "The lease token belongs to an operator that does not run this session");
      case "invalid":
        throw badRequest(outcome.faults);
    }
  };

const inItsCluster = async (
  { clusters }: Runtime,
  start: SessionStart | undefined,
): Promise<SessionStart | undefined> => {
  if (start === undefined) return undefined;
  const { id, name } = await clusters.of(start.instanceId);
  return { ...start, clusterId: id, clusterName: name };
};

// The session is stored by now. If its operator's digest cannot be moved, the next heartbeat corrects it.
const moveLiveSets = async (runtime: Runtime, { log }: Call, moves: LiveMoves): Promise<void> => {
  try {
    runtime.clusters.learn((await applyMoves(runtime.table, moves)).values());
  } catch (error) {
    log.warn("live set not moved", { error });
  }
};

const startedBody = async (
  runtime: Runtime,
  sessionId: string,
  { seat, book }: StartOutcome & { kind: "started" },
  license: LicenseFile,
  mayHold: boolean,
  now: EpochMs,
): Promise<SessionStartResponse> => {
  // Where a policy could refuse the next session, its operator must ask.
  const until = mayHold ? heldUntil(book, license, now) : null;
  return {
    session_id: sessionId,
    seat:
      seat === undefined
        ? null
        : {
            id: seat.id,
            claimed_at: formatTime(seat.claimedAt),
            held_until: until === null ? null : formatTime(until),
            overage: seat.overage,
          },
    seats: seatNumbers(book, await runtime.counts.get(book)),
  };
};
