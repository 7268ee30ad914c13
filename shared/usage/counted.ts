import { createHash } from "node:crypto";
import { dayOf, type EpochMs, monthOf } from "../contract/time.ts";
import type { UsageIdentity } from "./row.ts";

/** Rows of one identity that the same moment's writers would fight over are spread over this many. */
export const SHARDS = 8;

/** Groups touch many rows, and each that goes elsewhere is one more to read for every report. */
const TRIES_IN_FIRST_SHARD = 3;

/** The shard that a group's rows go to: the first, until it has been fought over often enough. `attempt` is 0 at first. */
export const shardFor = (attempt: number, random: () => number): number =>
  attempt < TRIES_IN_FIRST_SHARD ? 0 : Math.floor(random() * SHARDS);

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
