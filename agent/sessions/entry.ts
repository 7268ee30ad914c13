import type { EpochMs } from "../../shared/contract/time.ts";
import { timeOf } from "./fields.ts";
import type { Facts } from "./read-object.ts";
import type { Kind, Port, Start } from "./types.ts";

/**
 * What is known of one object that has not ended.
 * - `waiting`: not a session yet. A multi-cluster parent waits for a child, a preview for its start.
 * - `live`: reported as live.
 * - `absent`: reported as an inferred end, since a complete list did not contain it.
 */
export type Phase = "waiting" | "live" | "absent";

export type Entry = {
  kind: Kind;
  uid: string;
  name: string;
  namespace?: string | undefined;
  id: string;
  /** Of a child: the name of its parent, fit for an id. */
  parentName?: string | undefined;
  phase: Phase;
  /** When the phase began, by the agent's clock. */
  since: EpochMs;
  /** By the agent's clock, never after the first sight. */
  startedAt: EpochMs;
  facts: Facts;
  activity: Activity;
  ports?: Port[] | undefined;
  /** Of a preview, by the cluster's clock. */
  expiresAt?: EpochMs | undefined;
};

/** When a session was last active. */
export type Activity = {
  /** `status.connectedTimestamp` as it was last seen. Undefined: no client has connected. */
  connected?: string | undefined;
  /** The agent's own time when it last saw that value change. */
  changedAt?: EpochMs | undefined;
  /** The value is newer than that change: the agent saw the value, but not how it changed. */
  isUnseen: boolean;
  /** The agent's own time when it first saw such a value. Absent in the state of a process that did not note it. */
  seenAt?: EpochMs | undefined;
};

export const NO_ACTIVITY: Activity = { isUnseen: false };

/** `connected` is the value seen at `seenAt`; `at` is the time of its change, or undefined if nobody saw the change. */
export const afterSight = (
  activity: Activity,
  connected: string | undefined,
  at: EpochMs | undefined,
  seenAt: EpochMs,
): Activity => {
  if (connected === undefined || connected === activity.connected) return activity;
  // A list from the past has a value from before the change that the agent saw.
  if (at === undefined && (timeOf(connected) ?? 0) <= (timeOf(activity.connected) ?? -1)) return activity;
  return at === undefined
    ? { ...activity, connected, isUnseen: true, seenAt }
    : { connected, changedAt: at, isUnseen: false };
};

/** The start record. `parentId` is the id of a child's parent. */
export const startOf = (entry: Entry, instanceId: string, parentId: string | undefined): Start => ({
  session_id: entry.id,
  instance_id: instanceId,
  started_at: new Date(entry.startedAt).toISOString(),
  ...entry.facts,
  ...(parentId === undefined ? {} : { parent_id: parentId }),
  ...(entry.ports === undefined ? {} : { locked_ports: entry.ports }),
});
