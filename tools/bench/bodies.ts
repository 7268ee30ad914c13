import type { HeartbeatRequest, SessionEnded, SessionStart } from "../../agent/wire/bodies.ts";
import { REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { type EpochMs, formatTime, MINUTE_MS } from "../../shared/contract/time.ts";

/** A session as it is reported: every field filled in, under 1 KB in the table. A user has one machine. */
export const sessionBody = (
  {
    id,
    instance,
    user,
    ci = false,
    target = 0,
  }: { id: string; instance: string; user: string; ci?: boolean; target?: number },
  now: EpochMs,
): SessionStart => ({
  ...REQUEST_EXAMPLES.sessionStart,
  locked_ports: [{ port: 8080, kind: "steal", filter: "x-user: ana" }],
  features: ["steal", "fs-read"],
  session_id: id,
  instance_id: instance,
  started_at: formatTime(now - MINUTE_MS),
  sent_at: formatTime(now),
  ci,
  client: {
    ...REQUEST_EXAMPLES.sessionStart.client,
    id: `SHA256:machine-of-${user}`,
    hostname: `${user}-laptop`,
    username: user,
    kubernetes_username: `${user}@example.com`,
  },
  target: { ...REQUEST_EXAMPLES.sessionStart.target, name: `service-${target}` },
});

/** The end of a session, as it stands in a heartbeat. */
export const endedBody = (id: string, now: EpochMs): SessionEnded => ({
  session_id: id,
  ended_at: formatTime(now),
  reason: "client disconnected",
});

/** A heartbeat; `events` are its `started` and `ended`. */
export const heartbeatBody = (
  { instance, seq, sessions }: { instance: string; seq: number; sessions: readonly string[] },
  now: EpochMs,
  events: Pick<HeartbeatRequest, "started" | "ended"> = {},
): HeartbeatRequest => ({
  instance_id: instance,
  operator_version: "3.130.0",
  cluster_name: "staging-eu",
  seq,
  sent_at: formatTime(now),
  nonce: `nonce-${seq}`,
  sessions: [...sessions],
  ...events,
});
