import { createHash } from "node:crypto";
import { dayOf, type EpochMs, monthOf } from "../contract/time.ts";
import type { UsageIdentity } from "./row.ts";

/** Rows of one identity that the same moment's writers would fight over are spread over this many. */
export const SHARDS = 8;

/** One ended session as the rollups count it. */
export type CountedSession = {
  sessionId: string;
  identity: UsageIdentity;
  /** When the server first knew of it, by its own clock. */
  createdAt: EpochMs;
  startedAt: EpochMs;
  endedAt: EpochMs;
  seconds: number;
  shard: number;
};

/** Names the rollup row of an identity. */
export const rollupHash = (identity: UsageIdentity): string => {
  const { machineId, kubernetesUsername, clientUsername, clientHostname, namespace, targetKind, targetName, ci } =
    identity;
  const parts = [machineId, kubernetesUsername, clientUsername, clientHostname, namespace, targetKind, targetName, ci];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
};

/** The day and the month that a session counts in: those of its end. */
export const periodsOf = (session: CountedSession): { day: string; month: string } => ({
  day: dayOf(session.endedAt),
  month: monthOf(session.endedAt),
});
