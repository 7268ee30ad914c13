import type { EventOf, EventType } from "./schemas.ts";

const written = { version: 1, time: "2026-11-20T08:00:01.000Z", sequence: "400000000049937160100000000" } as const;
const id = (number: number): string => `5f3c1c9a0e7b4d2f8a6e9d0c1b2a3f4${number}`;

const session = {
  session_id: "4e4f0c52-6d0e-4b7a-9a55-1a2b3c4d5e6f",
  instance_id: "op-7f9c4d1e",
  started_at: "2026-11-20T08:00:00.000Z",
  ci: false,
  key: "checkout-fix",
  branch: "my-branch-KEY-123-latest",
  issue_key: "KEY-123",
  client: {
    id: "SHA256:6dYl0Qm3o9Yt2w4m1bq7Zk5n8xV0uJcRsTgHfEaPiLk=",
    hostname: "ana-laptop",
    username: "ana",
    name: "Ana Lima",
    kubernetes_username: "ana@example.com",
    cli_version: "3.172.0",
  },
  target: { namespace: "shop", kind: "deployment", name: "checkout", container: "main" },
  seat_id: "Pq2J7mQ0r8mXy1nV4tS6wK9dC3zL5bH0aGfEuRiTjOk",
  denied_code: null,
};

const seat = {
  seat_id: session.seat_id,
  session_id: session.session_id,
  instance_id: session.instance_id,
  kubernetes_username: session.client.kubernetes_username,
  client_hostname: session.client.hostname,
};

const operator = {
  instance_id: session.instance_id,
  cluster: "staging-eu",
  operator_version: "3.130.0",
  last_heartbeat: "2026-11-20T07:55:00.000Z",
};

/** One example of each event, for the documentation. */
export const EVENT_EXAMPLES: { readonly [Type in EventType]: EventOf<Type> } = {
  "session.started": { id: id(1), type: "session.started", ...written, ...session, resumed: false },
  "session.ended": {
    ...{ id: id(2), type: "session.ended", ...written, ...session },
    time: "2026-11-20T08:30:00.000Z",
    ended_at: "2026-11-20T08:30:00.000Z",
    duration_secs: 1_800,
    outcome: "ended",
    reason: null,
    corrects_lost: false,
  },
  "seat.claimed": { id: id(3), type: "seat.claimed", ...written, ...seat, overage: false },
  "seat.denied": { id: id(4), type: "seat.denied", ...written, ...seat },
  "seats.threshold": {
    ...{ id: id(5), type: "seats.threshold", ...written },
    percent: 80,
    used: 40,
    max: 50,
    license: "sub-1234",
    tracking_mode: "ClientCertificate",
    period: { from: "2026-11-05T00:00:00.000Z", to: "2026-12-05T00:00:00.000Z" },
  },
  "license.changed": {
    ...{ id: id(6), type: "license.changed", ...written },
    license: "sub-1234",
    from_fingerprint: "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg",
    to_fingerprint: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
  },
  "license.expiring": {
    ...{ id: id(7), type: "license.expiring", ...written },
    fingerprint: "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg",
    name: "Acme`s Enterprise License",
    organization: "Acme",
    expires_at: "2026-12-04T00:00:00.000Z",
    days_left: 14,
    status: "expiring",
  },
  "operator.stale": { id: id(8), type: "operator.stale", ...written, ...operator, live_sessions: 3 },
  "policy.changed": {
    ...{ id: `${id(1)}0`, type: "policy.changed", ...written },
    change: "replaced",
    kind: "MirrordPolicy",
    name: "no-steal",
    namespace: "shop",
    generation: 2,
    revision: 13,
    changed_by: "ana@example.com",
  },
  "policy.refused": {
    ...{ id: `${id(1)}1`, type: "policy.refused", ...written, ...seat },
    policies: ["MirrordPolicy shop/no-steal"],
  },
  "operator.lost": { id: id(9), type: "operator.lost", ...written, ...operator },
};
