import { type EpochMs, formatTime } from "../contract/time.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import type { Notice } from "./notice.ts";

/**
 * The operators that have become stale, each silence once. An operator that was given up had its own event. One that never
 * sent a heartbeat has not become silent.
 */
export const operatorNotices = (operators: readonly Operator[], staleMs: number, now: EpochMs): Notice[] =>
  operators.flatMap((operator): Notice[] => {
    const { instanceId, lastHeartbeat, givenUp, cluster, version, digest } = operator;
    if (givenUp || lastHeartbeat === undefined || !isSilent(operator, staleMs, now)) return [];
    const facts = {
      instanceId,
      cluster: cluster ?? null,
      version: version ?? null,
      lastHeartbeat: formatTime(lastHeartbeat),
      liveSessions: Math.max(0, digest.count),
    };
    return [{ kind: "operator.stale", what: `${instanceId}#${formatTime(lastHeartbeat)}`, facts, message: undefined }];
  });
