import type * as catalog from "./catalog-answers.ts";
import { REQUEST_EXAMPLES } from "./examples.ts";
import type * as responses from "./responses.ts";
import type { RouteName } from "./routes.ts";
import { SERVER } from "./server.ts";

const { sessionStart, heartbeat, catalogPut } = REQUEST_EXAMPLES;
const { session_id: session, client, instance_id: operator } = sessionStart;
const [started] = heartbeat.started;
const [ended] = heartbeat.ended;
const seat = "Zk3v1uJ0m2Q8xw5nT7rYbA";

const license: responses.LicenseObject = {
  pem: "-----BEGIN CERTIFICATE-----\n(the license file, verbatim)\n-----END CERTIFICATE-----\n",
  fingerprint: "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg",
  name: "Acme`s Enterprise License",
  organization: "Acme",
  expire_at: "2027-06-30T00:00:00.000Z",
  valid_seconds: 19_151_995,
  status: "valid",
  type: "enterprise",
  trial: false,
  max_seats: 25,
  seat_tracking_mode: "ClientCertificate",
  subscription_id: "sub_1042",
  organization_id: "org_77",
};

const lease: responses.LeaseObject = {
  token: "header.payload.signature",
  expires_at: "2026-11-21T08:05:00.000Z",
  heartbeat_interval_secs: 58,
};

const seats: responses.SeatNumbers = { used: 8, max: 25, available: 17 };

const usageReport: responses.UsageReport = {
  generalMetrics: {
    totalLicenses: 25,
    tier: "enterprise",
    primaryKey: "username",
    activeUsers: 1,
    reportPeriod: { from: "2026-11-01T00:00:00.000Z", to: "2026-12-01T00:00:00.000Z" },
    operatorVersion: "3.130.0",
    lastOperatorEvent: "2026-11-30T17:41:09.000Z",
  },
  allTimeMetrics: {
    totalSessionCount: 60,
    totalSessionTimeSeconds: 126_000,
    totalCiSessionCount: 12,
    totalPreviewCount: 0,
  },
  ciMetrics: {
    currentRunningSessions: 0,
    maxConcurrentCiSessions: null,
    totalCiSessions: 0,
    avgCiSessionDurationSeconds: 0,
  },
  previewMetrics: {
    currentRunningPreviews: 0,
    maxConcurrentPreviews: null,
    totalPreviews: 0,
    avgPreviewDurationSeconds: 0,
  },
  machineSessions: [],
  userMetrics: [
    {
      identifier: "ana@example.com",
      displayName: "ana@example.com",
      machine: "ana@laptop-7",
      firstActive: "2026-11-02T08:11:00.000Z",
      lastSeen: "2026-11-30T17:40:00.000Z",
      totalSessionCount: 45,
      totalSessionTimeSeconds: 97_200,
      averageSessionDurationSeconds: 2_160,
      averageDailySessions: 1.5,
    },
  ],
  targetMetrics: [
    {
      namespace: "shop",
      kind: "deployment",
      name: "checkout",
      totalSessionCount: 45,
      totalSessionTimeSeconds: 97_200,
      uniqueUsers: 1,
    },
  ],
  activity: [
    {
      identifier: "ana@example.com",
      namespace: "shop",
      kind: "deployment",
      name: "checkout",
      ci: false,
      sessionKind: "user",
      firstActive: "2026-11-02T08:11:00.000Z",
      lastSeen: "2026-11-30T17:40:00.000Z",
      totalSessionCount: 45,
      totalSessionTimeSeconds: 97_200,
    },
  ],
};

const catalogEntry: catalog.CatalogEntryAnswer = {
  kind: "MirrordPolicy",
  name: "no-steal",
  namespace: "shop",
  clusters: [...catalogPut.clusters],
  spec: catalogPut.spec,
  allow_unknown: false,
  generation: 1,
  etag: '"1-LzXT8bPq1eYw0Ksm"',
  updated_at: "2026-11-20T08:00:00.000Z",
  updated_by: "ana@example.com",
  warnings: [],
  deleted_at: null,
};

const catalogId = "0d6c1f8e-3b7a-4c52-9e41-7a2b5c8d9f10";

const catalogResult: catalog.CatalogApplyResponse["results"][number] = {
  kind: "MirrordPolicy",
  name: "no-steal",
  namespace: "shop",
  outcome: "created",
  generation: 1,
  etag: catalogEntry.etag,
  warnings: [],
};

/** The successful JSON answer of each route. The OpenAPI document is its own example. */
export const RESPONSE_EXAMPLES = {
  catalogList: { catalog_id: catalogId, revision: 12, entries: [catalogEntry], next: null },
  catalogGet: catalogEntry,
  catalogPut: { revision: 12, ...catalogResult },
  catalogRestore: { revision: 13, ...catalogResult, outcome: "replaced", generation: 2, etag: '"2-b1GhQ7Zc9aRk2Vn4"' },
  catalogApply: {
    revision: 13,
    results: [
      {
        ...catalogResult,
        outcome: "replaced",
        generation: 2,
        diff: [{ path: "spec.targetPath", before: "deploy/*", after: "deploy/checkout" }],
      },
    ],
  },
  catalogHistory: { entries: [catalogEntry] },
  catalogStatus: {
    catalog_id: catalogId,
    revision: 12,
    clusters: [
      {
        cluster_id: "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20",
        cluster: "staging-us",
        state: "applied",
        revision: 12,
        since: "2026-11-20T08:01:00.000Z",
        reported_at: "2026-11-20T08:05:00.000Z",
        duplicate_name: false,
      },
    ],
    entries: [
      {
        cluster_id: "6f9e2c14-0b1d-4c55-9a0e-7d3f5b8a1c20",
        cluster: "staging-us",
        kind: "MirrordPolicy",
        name: "no-steal",
        namespace: "shop",
        state: "pending",
        generation_in_force: null,
        message: "The namespace shop does not exist",
        since: "2026-11-20T08:01:00.000Z",
      },
    ],
    more: 0,
  },
  catalogPrune: { revision: 14, removed: [{ kind: "MirrordPolicy", name: "no-steal", namespace: "shop" }] },
  catalogAccept: { revision: 13 },
  policyEvaluate: {
    revision: 14,
    verdict: "refused",
    policies: [{ kind: "MirrordPolicy", namespace: "shop", name: "no-steal", applies: "yes" }],
    reasons: [
      {
        kind: "MirrordPolicy",
        namespace: "shop",
        name: "no-steal",
        verdict: "refused",
        rule: "steal",
        missing: null,
      },
    ],
    changes: [
      { kind: "MirrordPolicy", namespace: "shop", name: "no-steal", field: "env.exclude", values: ["DATABASE_*"] },
    ],
    env: [{ name: "DATABASE_URL", excluded: true }],
    files: [{ path: "/app/config.json", mode: null }],
    connections: [{ verdict: "allowed" }],
  },
  policyImpact: {
    from: "2026-10-22T00:00:00.000Z",
    to: "2026-11-21T00:00:00.000Z",
    in_scope: 412,
    refused: null,
    changed: null,
    unknown: [{ reason: "no_facts", sessions: 412 }],
  },
  job: {
    job: { id: "0b9d7c52-5e39-4b0e-9c5e-2f8a1d6b7e44", state: "running", sessions: 120_000, day: "2026-11-02" },
  },
  health: { status: "ok" },
  jwks: {
    keys: [
      {
        kty: "OKP",
        crv: "Ed25519",
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        alg: "EdDSA",
        use: "sig",
      },
    ],
  },
  licenseGet: { license, server_time: "2026-11-20T08:06:45.000Z" },
  licensePost: { license, lease, seq: 0, server: SERVER, server_time: "2026-11-20T08:06:45.000Z" },
  heartbeat: {
    lease,
    license: { fingerprint: license.fingerprint, status: "valid" },
    seats,
    accepted: [started.session_id, ended.session_id, session],
    rejected: [],
    denied: [],
    terminate: [],
    unknown: [],
    conflict: [],
    seats_lost: [],
    seq: heartbeat.seq,
    list: "taken",
    server_time: "2026-11-20T08:05:00.310Z",
  },
  sessionStart: {
    session_id: session,
    seat: {
      id: seat,
      claimed_at: "2026-11-20T08:00:00.300Z",
      held_until: "2026-12-15T00:00:00.000Z",
      overage: false,
    },
    seats,
  },
  sessionEnd: { session_id: session, duration_secs: 5_400 },
  sessionList: {
    sessions: [
      {
        id: session,
        user: "Ana Lima/ana@example.com@ana-laptop",
        target: "deployment/checkout/container/main",
        namespace: "shop",
        locked_ports: [...sessionStart.locked_ports],
        duration_secs: 1_800,
        user_id: client.id,
        key: "checkout-fix",
        cluster: "staging-eu",
        instance_id: operator,
        ci: false,
        session_kind: "user",
        ci_info: null,
        branch: "fix/checkout",
        cli_version: "3.172.0",
        copy_target: null,
        header_filter: null,
        denied_code: null,
        started_at: "2026-11-20T08:00:00.000Z",
        stale: false,
        stop_refused: null,
        stopping: false,
      },
    ],
    next: null,
  },
  seatList: {
    ...seats,
    overage: 0,
    tracking_mode: "ClientCertificate",
    period: { from: "2026-11-15T00:00:00.000Z", to: "2026-12-15T00:00:00.000Z" },
    seats: [
      {
        id: seat,
        kubernetes_username: client.kubernetes_username,
        client_hostname: client.hostname,
        client_username: client.username,
        claimed_at: "2026-11-20T08:00:00.300Z",
        last_seen: "2026-11-20T08:05:00.000Z",
        live_sessions: 1,
        overage: false,
      },
    ],
    next: null,
  },
  auditList: {
    entries: [
      {
        time: "2026-11-20T08:00:00.300Z",
        action: "seat.claimed",
        actor: operator,
        details: {
          seat_id: seat,
          session_id: session,
          kubernetes_username: client.kubernetes_username,
          client_hostname: client.hostname,
        },
      },
    ],
    next: null,
  },
  sessionKillAll: { count: 3 },
  operatorList: {
    operators: [
      {
        instance_id: operator,
        kind: "operator",
        cluster: "staging-eu",
        cluster_id: null,
        version: "3.130.0",
        state: "active",
        first_seen: "2026-11-20T07:58:00.000Z",
        last_heartbeat: "2026-11-20T08:05:00.310Z",
        last_listed: "2026-11-20T08:05:00.310Z",
        lease: { state: "active", expires_at: "2026-11-21T08:05:00.000Z" },
        live_sessions: 2,
        agent: null,
      },
    ],
    next: null,
  },
  usageReport,
  usageTrends: {
    reportPeriod: { from: "2026-11-19T00:00:00.000Z", to: "2026-11-20T08:06:45.000Z" },
    days: [
      {
        date: "2026-11-19",
        sessionCount: 41,
        sessionTimeSeconds: 88_200,
        ciSessionCount: 6,
        ciSessionTimeSeconds: 1_080,
        previewCount: 0,
        previewTimeSeconds: 0,
        activeUsers: 9,
        newUsers: 1,
        maxConcurrentSessions: 7,
        maxConcurrentCiSessions: 2,
        maxConcurrentPreviews: 0,
        seatsClaimed: 1,
        denials: 0,
      },
      {
        date: "2026-11-20",
        sessionCount: 2,
        sessionTimeSeconds: 5_580,
        ciSessionCount: 0,
        ciSessionTimeSeconds: 0,
        previewCount: 0,
        previewTimeSeconds: 0,
        activeUsers: 2,
        newUsers: 0,
        maxConcurrentSessions: null,
        maxConcurrentCiSessions: null,
        maxConcurrentPreviews: null,
        seatsClaimed: 1,
        denials: 0,
      },
    ],
  },
  errorReport: {
    entries: [
      {
        timestamp: "2026-11-20T08:03:12.000Z",
        error: "agent pod in namespace shop did not become ready",
        operator_version: "3.130.0",
        license_hash: license.fingerprint,
        instance_id: operator,
      },
    ],
    next: null,
  },
  seatHistory: {
    from: "2026-11-01T00:00:00.000Z",
    to: "2026-11-20T08:06:45.000Z",
    days: [
      {
        date: "2026-11-18",
        held: null,
        max_seats: null,
        overage: null,
        denials: null,
        active_users: null,
        idle_7_days: null,
        idle_14_days: null,
        idle_30_days: null,
        rebuilt: false,
      },
      {
        date: "2026-11-19",
        held: 25,
        max_seats: 25,
        overage: 0,
        denials: 2,
        active_users: 19,
        idle_7_days: 3,
        idle_14_days: 1,
        idle_30_days: 0,
        rebuilt: false,
      },
    ],
  },
  seatForecast: {
    status: "forecast",
    series: "period",
    max_seats: 25,
    users: 17,
    as_of: "2026-11-30",
    growth_per_day: 0.5,
    on: "2026-12-17",
    earliest: "2026-12-13",
    latest: "2026-12-21",
    points: [{ date: "2026-11-30", users: 17 }],
  },
  denialReport: {
    from: "2026-11-01T00:00:00.000Z",
    to: "2026-11-20T08:06:45.000Z",
    max_seats: 25,
    denials: 2,
    users: 1,
    seats_enough: { p50: 24, p95: 26, max: 26 },
    entries: [
      {
        day: "2026-11-19",
        seat_id: seat,
        kubernetes_username: "ben@example.com",
        client_hostname: "ben-laptop",
        client_username: "ben",
        denials: 2,
        first_at: "2026-11-19T15:02:11.000Z",
        last_at: "2026-11-19T16:40:00.000Z",
      },
    ],
  },
} as const satisfies Partial<{
  licenseGet: responses.LicenseGetResponse;
  licensePost: responses.LicensePostResponse;
  heartbeat: responses.HeartbeatResponse;
  sessionStart: responses.SessionStartResponse;
  sessionEnd: responses.SessionEndResponse;
  sessionList: responses.SessionListResponse;
  seatList: responses.SeatListResponse;
  seatHistory: responses.SeatHistoryResponse;
  seatForecast: responses.SeatForecastResponse;
  auditList: responses.AuditListResponse;
  sessionKillAll: responses.SessionKillAllResponse;
  operatorList: responses.OperatorListResponse;
  usageReport: responses.UsageReport;
  usageTrends: responses.UsageTrends;
  errorReport: responses.ErrorReport;
  denialReport: responses.DenialReport;
}> &
  Partial<Record<RouteName, object>>;
