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
  job: "0b9d7c52-5e39-4b0e-9c5e-2f8a1d6b7e44",
  seatRelease: "Pq2J7mQ0r8mXy1nV4tS6wK9dC3zL5bH0aGfEuRiTjOk",
  operatorRelease: "staging-eu",
  catalogGet: "MirrordPolicy/no-steal",
  catalogPut: "MirrordPolicy/no-steal",
  catalogDelete: "MirrordPolicy/no-steal",
  catalogHistory: "MirrordPolicy/no-steal",
  catalogRestore: "MirrordPolicy/no-steal",
} as const satisfies Partial<Record<RouteName, string>>;

export const QUERY_EXAMPLES = {
  sessionList: { namespace: "shop", user: "ana@example.com", cluster: "staging-eu", limit: "50" },
  sessionKillAll: { namespace: "shop" },
  operatorList: { limit: "50" },
  seatList: { summary: "true" },
  seatHistory: { from: "2026-11-01T00:00:00Z" },
  usageTrends: { days: "7" },
  errorReport: { from: "2026-11-01T00:00:00Z", limit: "50" },
  denialReport: { from: "2026-11-01T00:00:00Z" },
  catalogList: { cluster: "staging-eu", limit: "50" },
  catalogGet: { namespace: "shop" },
  catalogPut: { namespace: "shop", dry_run: "true" },
  catalogDelete: { namespace: "shop", dry_run: "true" },
  catalogHistory: { namespace: "shop" },
  catalogRestore: { namespace: "shop" },
  usageReport: {
    format: "json",
    from: "2026-11-01T00:00:00Z",
    to: "2026-12-01T00:00:00Z",
    primary_key: "username",
  },
} as const satisfies Partial<Record<RouteName, Record<string, string>>>;

const noSteal = { targetPath: "deploy/*", block: ["steal"] };

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
  catalogPut: { spec: noSteal, clusters: ["prod-*"] },
  catalogApply: {
    changes: [
      {
        action: "put",
        kind: "MirrordClusterProfile",
        name: "quiet",
        spec: { featureAdjustments: [{ change: "incoming-off" }] },
      },
      {
        action: "delete",
        kind: "MirrordPolicy",
        name: "no-steal",
        namespace: "shop",
        if_match: '"1-LzXT8bPq1eYw0Ksm"',
      },
    ],
    dry_run: true,
  },
  catalogRestore: { generation: 1 },
  catalogPrune: { cluster_id: "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20" },
  catalogAccept: { revision: 12 },
  policyEvaluate: {
    cluster_name: "staging-eu",
    target: { namespace: "shop", kind: "Deployment", name: "checkout" },
    policy_facts: {
      operator_semantics: "owners",
      features: ["steal"],
      profile: null,
      http_filter: { header: "x-user: ana" },
      labels: { app: "checkout" },
      owners: null,
      copy_target: false,
    },
    env: ["DATABASE_URL"],
    files: ["/app/config.json"],
    connections: [{ hostname: "db.shop", ip: null, port: 5432, protocol: "TCP" }],
  },
  policyImpact: {
    draft: { kind: "MirrordPolicy", name: "no-steal", namespace: "shop", spec: { block: ["steal"] } },
    days: 30,
  },
} as const satisfies Partial<Record<RouteName, object>>;

const cluster = "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20";
const agent = {
  version: "0.3.0",
  process_id: "5f0d8e2a-77b1-4c39-8a54-0e9d3c6b1f42",
  enforces: false,
  applies_catalog: false,
  kills_previews: false,
  observed_at: "2026-11-20T08:04:59.000Z",
};
const ofAgent = { instance_id: `cluster-${cluster}`, cluster_id: cluster, cluster_name: "staging-us", agent };
const parent = "mc-7d1e4f20";

/** The same requests as an agent sends them. They are a story of their own. */
export const AGENT_REQUEST_EXAMPLES = {
  licensePost: { ...ofAgent, nonce: "f0Kq2mZx7A" },
  heartbeat: {
    ...ofAgent,
    operator_version: "3.180.0",
    seq: 1_795_161_900_001,
    sent_at: "2026-11-20T08:05:00.000Z",
    nonce: "Zb81uLq0Xc",
    sessions: [parent, "preview.0c9d7f31", "a1b2c3d4.9f8e7d6c"],
    started: [
      {
        session_id: parent,
        instance_id: ofAgent.instance_id,
        started_at: "2026-11-20T08:04:10.000Z",
        session_kind: "user",
        ci: false,
        client,
        target,
        header_filter: "x-user: ana",
        copy_target: false,
      },
      {
        session_id: "preview.0c9d7f31",
        instance_id: ofAgent.instance_id,
        started_at: "2026-11-20T08:04:20.000Z",
        session_kind: "preview",
        ci: true,
        key: "checkout-fix",
        target: { namespace: "shop", kind: "deployment", name: "checkout" },
        target_labels: { app: "checkout" },
      },
      {
        session_id: "a1b2c3d4.9f8e7d6c",
        instance_id: ofAgent.instance_id,
        started_at: "2026-11-20T08:04:30.000Z",
        session_kind: "ci",
        ci: true,
        ci_info: { provider: "github", environment: "staging", pipeline: "deploy", triggered_by: "push" },
        client: { ...client, id: "runner-17", hostname: "runner-17", username: "runner" },
        target: { namespace: "shop", kind: "deployment", name: "cart" },
      },
    ],
    ended: [{ session_id: "e5f60718.1a2b3c4d", ended_at: "2026-11-20T08:03:00.000Z", inferred: true }],
    children: [
      { session_id: "mc-7d1e4f20-eu", parent_id: parent, session_kind: "user", key: "checkout-fix", branch: "main" },
    ],
    stopped: [{ session_id: "a1b2c3d4.9f8e7d6c", outcome: "unsupported", detail: "the operator has no such route" }],
    catalog_status: {
      catalog_id: "0d6c1f8e-3b7a-4c52-9e41-7a2b5c8d9f10",
      revision: 12,
      state: "applied",
      entries: [
        {
          kind: "MirrordPolicy",
          name: "no-steal",
          namespace: "shop",
          state: "pending",
          generation_in_force: null,
          message: "The namespace shop does not exist",
          since: "2026-11-20T08:01:00.000Z",
        },
      ],
    },
  },
} as const satisfies Partial<Record<RouteName, object>>;
