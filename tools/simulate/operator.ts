import { formatTime } from "../../shared/contract/time.ts";
import { beat } from "./operator/beat.ts";
import { deliverEnd, endSession, reportEnded } from "./operator/end-session.ts";
import { register } from "./operator/register.ts";
import { startSession } from "./operator/start-session.ts";
import { createState } from "./operator/state.ts";
import type { Operator, OperatorDependencies, OperatorSettings } from "./operator/types.ts";

/**
 * The operator's side of the wire contract, with a file for each thing an operator does.
 *
 * An event stays in the outbox until the server lists its session in `accepted`, `rejected` or `denied`. After a lost answer,
 * a 429, a 503 or an outage it is sent again, which is harmless, because every event is idempotent.
 */
export const createOperator = (settings: OperatorSettings, dependencies: OperatorDependencies): Operator => {
  const state = createState(settings, dependencies);
  return {
    instanceId: settings.instanceId,
    register: () => register(state),
    startSession: (draft) => startSession(state, draft),
    endSession: (sessionId, endedAt, reason) => endSession(state, sessionId, endedAt, reason),
    deliverEnd: (sessionId) => deliverEnd(state, sessionId),
    reportEnded: (draft, endedAt, reason) => reportEnded(state, draft, endedAt, reason),
    changePorts: (sessionId, lockedPorts) => {
      const start = state.live.get(sessionId);
      if (start === undefined) return;
      state.live.set(sessionId, { ...start, locked_ports: lockedPorts });
      state.outbox.changed(sessionId, lockedPorts);
    },
    reportError: (timestamp, error) => state.outbox.error({ timestamp: formatTime(timestamp), error }),
    beat: () => beat(state),
    beatEveryMs: state.lease.beatEveryMs,
    pending: state.outbox.size,
    running: () => [...state.live.keys()],
  };
};
