import { sessionKey } from "../contract/keys.ts";
import type { StopOutcome } from "../contract/requests.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { isAsked } from "../operators/kill-request.ts";
import type { Operator } from "../operators/operator.ts";
import type { Moment, SessionDeps } from "../sessions/deps.ts";
import { asReadWith } from "../sessions/end-decision.ts";
import { isEnforceable } from "../sessions/enforceable.ts";
import { isLiveAt, type LiveSession, type StopRefusal, sessionRecord } from "../sessions/record.ts";
import { auditWrite } from "../store/audit.ts";
import { retrying } from "../store/retry.ts";
import type { Expression, Write } from "../store/table.ts";

/** What became of a request to stop a session, as an agent reports it. */
export type StopEvent = { sessionId: string; outcome: StopOutcome; detail: string | undefined };

/**
 * Closes the request to stop a session that its agent cannot stop: no later answer names the session until it is asked
 * for again. One transaction marks the session and writes the audit row. A repeated report changes nothing. `requested` and
 * `failed` leave the request open.
 */
export const closeStop = async (
  deps: SessionDeps,
  operator: Operator,
  { sessionId, outcome, detail }: StopEvent,
  moment: Moment,
): Promise<void> => {
  if (outcome === "failed") deps.log.warn("session not stopped", { session_id: sessionId, detail });
  if (outcome !== "unsupported" && outcome !== "forbidden") return;
  await retrying(deps.pace, moment.deadline, async () => {
    const item = await deps.table.get(sessionKey(sessionId), { consistent: true });
    const session = item && sessionRecord(item);
    if (session === undefined || !isLiveAt(operator)(session)) return true;
    if (!isAsked(operator.kills, session) && !isEnforceable(session)) return true;
    const entry = {
      ...{ action: "session.stop_refused", actor: operator.instanceId, sessionId, outcome },
      ...(detail === undefined ? {} : { detail }),
    };
    const result = await deps.table.transact([
      refusalWrite(session, outcome, moment.now),
      auditWrite(entry, moment.now, deps.newId(), deps.retentionDays),
    ]);
    return result.outcome === "committed" ? true : undefined;
  });
};

const refusalWrite = (session: LiveSession, outcome: StopRefusal["outcome"], now: EpochMs): Write => ({
  kind: "update",
  key: sessionKey(session.sessionId),
  update: {
    expression: "SET stopRefused = :refused",
    values: { ":refused": { outcome, at: formatTime(now) } satisfies StopRefusal },
  },
  condition: asAsked(session),
});

// It may have ended, or have been asked for again.
const asAsked = (session: LiveSession): Expression => asReadWith(session, "killAskedAt");
