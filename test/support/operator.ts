import type { CallOptions } from "./app.ts";
import type { Server } from "./server.ts";
import { clientOf, endBody, heartbeatBody, type Json, licenseBody, startBody } from "./wire.ts";

/**
 * An operator that calls the server by the server's own clock. Its heartbeats count themselves. It presents the license
 * key, or with `credential` something else.
 */
export const operatorAt = (server: Server, instanceId = "op-1", credential: CallOptions = {}) => {
  let seq = 0;
  const now = () => server.clock.now;
  return {
    registers: (changes: Json = {}) =>
      server.call("POST", "/api/v1/license", {
        ...credential,
        body: licenseBody({ instance_id: instanceId, ...changes }),
      }),
    starts: (sessionId: string, user = "ana", changes: Json = {}) =>
      server.call("POST", "/api/v1/sessions", {
        ...credential,
        body: startBody(now(), { session_id: sessionId, instance_id: instanceId, client: clientOf(user), ...changes }),
      }),
    ends: (sessionId: string, changes: Json = {}) =>
      server.call("POST", `/api/v1/sessions/${encodeURIComponent(sessionId)}/end`, {
        ...credential,
        body: endBody(now(), changes),
      }),
    beats: (sessions: readonly string[], changes: Json = {}) => {
      seq += 1;
      return server.call("POST", "/api/v1/heartbeat", {
        ...credential,
        body: heartbeatBody(now(), { instance_id: instanceId, seq, sessions, ...changes }),
      });
    },
    /** A start as this operator would tell of it in a heartbeat. */
    start: (sessionId: string, user = "ana", changes: Json = {}) =>
      startBody(now(), { session_id: sessionId, instance_id: instanceId, client: clientOf(user), ...changes }),
  };
};
