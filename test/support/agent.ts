import type { App, CallOptions } from "./app.ts";
import { clientOf, heartbeatBody, type Json, licenseBody, startBody } from "./wire.ts";

export const CLUSTER = "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";

/** What a test says about an agent process. */
export type AgentSettings = {
  cluster?: string;
  process?: string;
  enforces?: boolean;
  killsPreviews?: boolean;
  credential?: CallOptions;
};

/**
 * A process of the agent of a cluster. It numbers its heartbeats from the time of its registration, and it knows its
 * operator's version only if a test says so. `beats` without a list sends none.
 */
export const agentAt = (server: Pick<App, "clock" | "call">, settings: AgentSettings = {}) => {
  const { cluster = CLUSTER, process = "process-1", enforces = false, killsPreviews = false } = settings;
  const { credential = {} } = settings;
  const instanceId = `cluster-${cluster}`;
  const now = () => server.clock.now;
  let seq = 0;
  const identity = () => ({
    instance_id: instanceId,
    operator_version: undefined,
    cluster_id: cluster,
    agent: {
      version: "0.2.0",
      process_id: process,
      enforces,
      applies_catalog: false,
      kills_previews: killsPreviews,
      observed_at: new Date(now()).toISOString(),
    },
  });
  return {
    instanceId,
    registers: (changes: Json = {}) => {
      seq = now();
      return server.call("POST", "/api/v1/license", {
        ...credential,
        body: licenseBody({ ...identity(), ...changes }),
      });
    },
    beats: (sessions: readonly string[] | undefined, changes: Json = {}) => {
      seq += 1;
      return server.call("POST", "/api/v1/heartbeat", {
        ...credential,
        body: heartbeatBody(now(), { ...identity(), seq, sessions, ...changes }),
      });
    },
    /** A start as this agent reports it in a heartbeat. */
    start: (sessionId: string, user = "ana", changes: Json = {}) =>
      startBody(now(), { session_id: sessionId, instance_id: instanceId, client: clientOf(user), ...changes }),
  };
};
