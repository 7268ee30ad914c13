import { type EpochMs, formatTime } from "../contract/time.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import type { Notice } from "./notice.ts";

/**
 * Which operators have become stale: each silence once. One that was given up has had its own event, and one that never
 * sent a sign of life has not fallen silent.
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
