import { type EpochMs, formatTime, SECOND_MS } from "../../shared/contract/time.ts";

/** Bodies that are good as they stand; a test changes the one thing it is about. */

export type Json = Record<string, unknown>;

export const clientOf = (user: string) => ({
  id: `SHA256:${user}`,
  hostname: `${user}-laptop`,
  username: user,
  kubernetes_username: `${user}@example.com`,
});

export const TARGET = { namespace: "shop", kind: "deployment", name: "checkout" };

export const licenseBody = (changes: Json = {}): Json => ({
  instance_id: "op-1",
  operator_version: "3.130.0",
  ...changes,
});

/** A session of ana's that has just begun. */
export const startBody = (now: EpochMs, changes: Json = {}): Json => ({
  session_id: "s-1",
  instance_id: "op-1",
  started_at: formatTime(now),
  client: clientOf("ana"),
  target: TARGET,
  ...changes,
});

export const endBody = (now: EpochMs, changes: Json = {}): Json => ({ ended_at: formatTime(now), ...changes });

export const heartbeatBody = (now: EpochMs, changes: Json = {}): Json => ({
  instance_id: "op-1",
  operator_version: "3.130.0",
  seq: 1,
  sent_at: formatTime(now),
  sessions: [],
  ...changes,
});

/** A session that ran for a minute and is over, as a heartbeat's `ended` tells of one whose start never arrived. */
export const endedEvent = (now: EpochMs, sessionId: string, changes: Json = {}): Json => ({
  session_id: sessionId,
  ended_at: formatTime(now),
  start: startBody(now - 60 * SECOND_MS, { session_id: sessionId }),
  ...changes,
});
