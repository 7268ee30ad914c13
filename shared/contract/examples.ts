import type { RouteName } from "./routes.ts";

/**
 * An example of each request, as the OpenAPI document shows it. In the order of this file they tell one story that a
 * server can be taken through: an operator starts, a session starts, a heartbeat, the session's end.
 */

const operator = "op-7f9c4d1e";
const session = "4e4f0c52-6d0e-4b7a-9a55-1a2b3c4d5e6f";
const sessionAway = "0b3d9a76-2c1f-4f0e-8d11-6f5e4d3c2b1a";
const sessionOver = "9c8b7a65-4d3e-4f2a-b1c0-d9e8f7a6b5c4";

const client = {
  id: "SHA256:6dYl0Qm3o9Yt2w4m1bq7Zk5n8xV0uJcRsTgHfEaPiLk=",
  hostname: "ana-laptop",
  username: "ana",
  name: "Ana Lima",
  kubernetes_username: "ana@example.com",
  cli_version: "3.172.0",
};

const target = { namespace: "shop", kind: "deployment", name: "checkout", container: "main" };

const lockedPort = { port: 8080, kind: "steal", filter: "x-user: ana" };

/** The id in the path of the routes that have one. */
export const PATH_ID_EXAMPLES = {
  sessionKill: session,
  sessionEnd: session,
  seatRelease: "Pq2J7mQ0r8mXy1nV4tS6wK9dC3zL5bH0aGfEuRiTjOk",
} as const satisfies Partial<Record<RouteName, string>>;

export const QUERY_EXAMPLES = {
  sessionList: { namespace: "shop", user: "ana@example.com", cluster: "staging-eu", limit: "50" },
  sessionKillAll: { namespace: "shop" },
  operatorList: { limit: "50" },
  seatList: { summary: "true" },
  usageTrends: { days: "7" },
  errorReport: { from: "2026-11-01T00:00:00Z", limit: "50" },
  denialReport: { from: "2026-11-01T00:00:00Z" },
  usageReport: {
    format: "json",
    from: "2026-11-01T00:00:00Z",
    to: "2026-12-01T00:00:00Z",
    primary_key: "username",
  },
} as const satisfies Partial<Record<RouteName, Record<string, string>>>;

export const REQUEST_EXAMPLES = {
  licensePost: {
    instance_id: operator,
    operator_version: "3.130.0",
    cluster_name: "staging-eu",
    nonce: "q3VtcZ0xYw",
  },
  sessionStart: {
    session_id: session,
    instance_id: operator,
    started_at: "2026-11-20T08:00:00.000Z",
    sent_at: "2026-11-20T08:00:00.250Z",
    ci: false,
    key: "checkout-fix",
    branch: "fix/checkout",
    client,
    target,
    locked_ports: [lockedPort],
    features: ["steal", "fs-read"],
    profile: "default",
  },
  heartbeat: {
    instance_id: operator,
    operator_version: "3.130.0",
    cluster_name: "staging-eu",
    seq: 42,
    sent_at: "2026-11-20T08:05:00.000Z",
    nonce: "t81mLw2PqA",
    sessions: [session, sessionAway],
    started: [
      {
        session_id: sessionAway,
        instance_id: operator,
        started_at: "2026-11-20T08:04:10.000Z",
        ci: false,
        client,
        target: { namespace: "shop", kind: "deployment", name: "cart" },
      },
    ],
    ended: [
      {
        session_id: sessionOver,
        ended_at: "2026-11-20T08:04:00.000Z",
        reason: "client disconnected",
        start: {
          session_id: sessionOver,
          instance_id: operator,
          started_at: "2026-11-20T08:01:00.000Z",
          ci: true,
          client: {
            id: "SHA256:Qe1pXn6Vb9Lr4tS0wK2mC8yD5hJ7uG3fZaTiOoNkPcE=",
            hostname: "runner-17",
            username: "runner",
            kubernetes_username: "system:serviceaccount:ci:runner",
          },
          target: { namespace: "shop", kind: "deployment", name: "checkout" },
        },
      },
    ],
    changed: [{ session_id: session, locked_ports: [lockedPort, { port: 9090, kind: "mirror" }] }],
    errors: [{ timestamp: "2026-11-20T08:03:12.000Z", error: "agent pod in namespace shop did not become ready" }],
  },
  sessionEnd: {
    ended_at: "2026-11-20T09:30:00.000Z",
    sent_at: "2026-11-20T09:30:00.120Z",
    reason: "client disconnected",
  },
} as const satisfies Partial<Record<RouteName, object>>;
