/** The CloudWatch namespace of all metrics. */
export const METRICS_NAMESPACE = "MirrordLicenseServer";

/** The one dimension of these metrics: which deployment of an account they are of. */
export const METRICS_DIMENSION = "Deployment";

/** A unit of CloudWatch. */
export type MetricUnit = "Count" | "Percent" | "Seconds";
/** CloudWatch bills a metric for each hour in which it is sent. An hourly one is sent whether or not anything happens. */
export type EmittedMetric = { readonly unit: MetricUnit; readonly help: string; readonly hourly?: true };

/**
 * The metrics that functions write into their logs, where CloudWatch reads them. Hourly ones are written only on request:
 * those of the license at each reading of it (at most once a minute and process), those of seats at each claim, too.
 */
export const METRICS = {
  LicenseSecondsLeft: {
    unit: "Seconds",
    help: "time until the license expires; absent without a usable license",
    hourly: true,
  },
  LicenseValid: { unit: "Count", help: "1 if the license allows new sessions, else 0", hourly: true },
  LicenseFallback: {
    unit: "Count",
    help: "1 if the previous license is served because the current one is invalid",
    hourly: true,
  },
  LicenseInvalid: { unit: "Count", help: "readings of a license that does not allow new sessions" },
  SeatsUsed: { unit: "Count", help: "seats claimed in the current billing period", hourly: true },
  SeatsMax: { unit: "Count", help: "seats of the license; absent if unlimited", hourly: true },
  SeatsUsedPercent: {
    unit: "Percent",
    help: "share of the license's seats that is claimed; 0 if unlimited",
    hourly: true,
  },
  SeatsOverage: { unit: "Count", help: "seats claimed beyond those of the license", hourly: true },
  SeatDenials: { unit: "Count", help: "session refused because no seat is free" },
  PolicyRefusals: { unit: "Count", help: "sessions refused by a policy" },
  PoliciesNotRead: { unit: "Count", help: "sessions allowed without their policies, which could not be read" },
  WrongCredentials: { unit: "Count", help: "requests with a license key or token that is not valid" },
  Unavailable: { unit: "Count", help: "requests answered 503: the table or the secrets could not be reached" },
  Defects: { unit: "Count", help: "requests answered 500: a defect of the server" },
  SlowRequests: { unit: "Count", help: "requests of operators that took longer than the configured limit" },
  EventsLeft: { unit: "Count", help: "sessions whose events a heartbeat left for the next one" },
  Reconciliations: { unit: "Count", help: "live sessions of an operator compared one by one, since its list differed" },
  ListsRefused: { unit: "Count", help: "heartbeats whose list was refused: it is older than the noted one" },
  InstanceIdsShared: { unit: "Count", help: "heartbeats that show that two operators use one instance_id" },
  OperatorsActive: { unit: "Count", help: "operators that sent a heartbeat in time", hourly: true },
  OperatorsStale: {
    unit: "Count",
    help: "operators without a heartbeat, with no other of their cluster active",
    hourly: true,
  },
  ReportOverdueSeconds: {
    unit: "Seconds",
    help: "time since the last scheduled report was due; 0 once it is made",
    hourly: true,
  },
  DayCloseLagSeconds: {
    unit: "Seconds",
    help: "time that the oldest day waits to be closed; 0 if none waits",
    hourly: true,
  },
} as const satisfies Record<string, EmittedMetric>;

export type MetricName = keyof typeof METRICS;

/** The upper bounds of the duration histograms' buckets, in seconds. One bucket without a bound follows them. */
export const DURATION_BUCKETS_SECONDS = [30, 60, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400] as const;

export type PrometheusMetric = { readonly type: "counter" | "gauge" | "histogram"; readonly help: string };

/** The metrics of `GET /metrics`. The names that begin with `mirrord_` are those of the original server. */
export const PROMETHEUS_METRICS = {
  mirrord_license_valid_seconds: { type: "gauge", help: "Seconds left for current license validity." },
  mirrord_sessions_create_total: { type: "counter", help: "Count of created sessions, without CI." },
  mirrord_sessions_duration: {
    type: "histogram",
    help: "Durations of ended sessions in seconds, without CI.",
  },
  mirrord_ci_sessions_create_total: { type: "counter", help: "Count of created CI sessions." },
  mirrord_ci_sessions_duration: {
    type: "histogram",
    help: "Durations of ended CI sessions in seconds.",
  },
  license_server_previews_create_total: { type: "counter", help: "Count of created preview environments." },
  license_server_previews_duration: { type: "histogram", help: "Durations of ended preview environments in seconds." },
  license_server_license_valid: {
    type: "gauge",
    help: "1 while the license allows new sessions, 0 while it is missing, invalid, expired or not valid yet.",
  },
  license_server_license_expiry_timestamp_seconds: {
    type: "gauge",
    help: "When the license ends, in seconds since 1970; absent without a license.",
  },
  license_server_license_max_seats: { type: "gauge", help: "Seats of the license; absent if unlimited." },
  license_server_seats_used: { type: "gauge", help: "Seats claimed in the current billing period." },
  license_server_seats_available: { type: "gauge", help: "Seats that are free; absent if unlimited." },
  license_server_seats_overage: { type: "gauge", help: "Seats claimed beyond those of the license." },
  license_server_seat_denials_total: { type: "counter", help: "Sessions refused because no seat was free." },
  license_server_seats_held_day_max: { type: "gauge", help: "The most seats held at once on the last closed day." },
  license_server_seat_users_active: { type: "gauge", help: "Users with a session that ran on the last closed day." },
  license_server_seat_users_idle: {
    type: "gauge",
    help: "Users who held a seat at the end of the last closed day without a session for 7, 14 or 30 days, by `days`.",
  },
  license_server_sessions_active: {
    type: "gauge",
    help: "Live sessions without previews, those of stale operators included.",
  },
  license_server_previews_active: { type: "gauge", help: "Live preview environments." },
  license_server_operators: { type: "gauge", help: "Operator instances by state: active, stale or gone." },
  license_server_operator_faults: {
    type: "gauge",
    help: "Operator instances with a fault: list_refused, the last list was refused; id_shared, two operators use the instance_id.",
  },
  license_server_policy_apply_state: {
    type: "gauge",
    help: "Clusters whose agents apply the catalog, by state: applied, or what is wrong there.",
  },
  license_server_user_sessions: {
    type: "gauge",
    help: "Sessions of a user that ended in the current UTC month; only with per-user labels switched on.",
  },
  license_server_user_session_seconds: {
    type: "gauge",
    help: "Seconds of the sessions of a user that ended in the current UTC month; only with per-user labels switched on.",
  },
} as const satisfies Record<string, PrometheusMetric>;

export type PrometheusName = keyof typeof PROMETHEUS_METRICS;
