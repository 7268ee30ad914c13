import { createHash } from "node:crypto";
import { dayOf, type EpochMs, monthOf } from "../contract/time.ts";
import type { UsageIdentity } from "./row.ts";

/** Writers of the same moment would conflict on the row of one identity. So it is spread over this many shards. */
export const SHARDS = 8;

/** Groups touch many rows, and every further shard is another row to read for each report. */
const TRIES_IN_FIRST_SHARD = 3;

/** The shard for a group's rows: the first, until it was contended too often. `attempt` starts at 0. */
export const shardFor = (attempt: number, random: () => number): number =>
  attempt < TRIES_IN_FIRST_SHARD ? 0 : Math.floor(random() * SHARDS);

/** One ended session as the rollups count it. */
export type CountedSession = {
  sessionId: string;
  identity: UsageIdentity;
  /** When the server first learned of it, by its own clock. */
  createdAt: EpochMs;
  startedAt: EpochMs;
  endedAt: EpochMs;
  seconds: number;
  shard: number;
  /** Whether it was denied a seat, but ran. */
  denied?: boolean | undefined;
};

/** Names the rollup row of an identity. */
export const rollupHash = (identity: UsageIdentity): string => {
  const { machineId, kubernetesUsername, clientUsername, clientHostname, namespace, targetKind, targetName, ci } =
    identity;
  const { kind, provider, pipeline, environment, trigger } = identity;
  const parts = [
    ...[machineId, kubernetesUsername, clientUsername, clientHostname, namespace, targetKind, targetName, ci],
    // Rows of people keep their names, and so do those of earlier releases.
    ...(kind === undefined ? [] : [kind, provider, pipeline, environment, trigger]),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
};

/** The day and the month in which a session counts: those of its end. */
export const periodsOf = (session: CountedSession): { day: string; month: string } => ({
  day: dayOf(session.endedAt),
  month: monthOf(session.endedAt),
});
