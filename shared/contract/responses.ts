/** What the API answers, as it stands on the wire. Times are RFC 3339 in UTC. */

export type LicenseStatus = "valid" | "expiring" | "expired" | "not_yet_valid";
export type TrackingMode = "ClientCertificate" | "KubernetesUser";

export type LicenseObject = {
  pem: string;
  fingerprint: string;
  name: string;
  organization: string;
  expire_at: string;
  valid_seconds: number;
  status: LicenseStatus;
  type: string;
  trial: boolean;
  max_seats: number | null;
  seat_tracking_mode: string;
  subscription_id: string | null;
  organization_id: string | null;
};

export type LeaseObject = { token: string; expires_at: string; heartbeat_interval_secs: number };

/** A lease withheld, and why: what `lease` would have held is null, `lease_reason` carries the code. */
export type LeaseReason = "LicenseExpired" | "LicenseNotYetValid" | "LicenseMissing" | "LicenseInvalid";

export type LicenseGetResponse = { license: LicenseObject; server_time: string };

export type LicensePostResponse = {
  license: LicenseObject;
  lease: LeaseObject | null;
  lease_reason?: LeaseReason;
  server_time: string;
};

export type SeatNumbers = { used: number; max: number | null; available: number | null };

export type HeartbeatResponse = {
  lease: LeaseObject | null;
  lease_reason?: LeaseReason;
  license: { fingerprint: string; status: LicenseStatus } | null;
  seats: SeatNumbers | null;
  accepted: string[];
  rejected: { session_id: string | null; code: string; detail: string }[];
  denied: { session_id: string; code: string }[];
  terminate: string[];
  unknown: string[];
  conflict: string[];
  seats_lost: string[];
  server_time: string;
};

export type SessionStartResponse = {
  session_id: string;
  seat: { id: string; claimed_at: string; held_until: string; overage: boolean } | null;
  seats: SeatNumbers;
};

export type SessionEndResponse = { session_id: string; duration_secs: number };

export type LockedPort = { port: number; kind: string; filter?: string | undefined };

export type SessionListResponse = {
  sessions: {
    id: string;
    user: string;
    target: string;
    namespace: string;
    locked_ports: LockedPort[];
    duration_secs: number;
    user_id: string;
    key: string | null;
    cluster: string | null;
    instance_id: string;
    ci: boolean;
    started_at: string;
    stale: boolean;
  }[];
  next: string | null;
};

export type SeatListResponse = SeatNumbers & {
  overage: number;
  tracking_mode: string;
  period: { from: string; to: string };
  seats?: {
    id: string;
    kubernetes_username: string;
    client_hostname: string;
    client_username: string;
    claimed_at: string;
    last_seen: string;
    overage: boolean;
  }[];
};

export const PRIMARY_KEYS = ["machine_id", "username", "client_username", "client_hostname"] as const;
/** What a report counts as one user: the machine, the Kubernetes user, the machine's user, or its host name. */
export type PrimaryKey = (typeof PRIMARY_KEYS)[number];

export type UsageReport = {
  generalMetrics: {
    totalLicenses: number | null;
    tier: string;
    primaryKey: PrimaryKey;
    activeUsers: number;
    reportPeriod: { from: string | null; to: string };
    operatorVersion: string | null;
    lastOperatorEvent: string | null;
  };
  allTimeMetrics: { totalSessionCount: number; totalSessionTimeSeconds: number; totalCiSessionCount: number };
  ciMetrics: {
    currentRunningSessions: number;
    maxConcurrentCiSessions: number | null;
    totalCiSessions: number;
    avgCiSessionDurationSeconds: number;
  };
  userMetrics: {
    identifier: string;
    firstActive: string;
    lastSeen: string;
    totalSessionCount: number;
    totalSessionTimeSeconds: number;
    averageSessionDurationSeconds: number;
    averageDailySessions: number;
  }[];
  targetMetrics: {
    namespace: string;
    kind: string;
    name: string;
    totalSessionCount: number;
    totalSessionTimeSeconds: number;
    uniqueUsers: number;
  }[];
  activity: {
    identifier: string;
    namespace: string;
    kind: string;
    name: string;
    ci: boolean;
    firstActive: string;
    lastSeen: string;
    totalSessionCount: number;
    totalSessionTimeSeconds: number;
  }[];
};

/** RFC 9457, with the API's own `code`, `request_id` and, for bad input, every fault found. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { path: string; message: string }[];
};
