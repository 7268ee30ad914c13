import { DURATION_BUCKETS_SECONDS } from "../contract/metrics.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { isInForce, validSeconds } from "../licensing/status.ts";
import type { SessionCounts } from "../operators/session-counts.ts";
import type { KindTotals } from "../operators/totals.ts";
import { activeUsersOf, type SeatDay } from "../seats/seat-days.ts";
import type { Family, HistogramValue, Sample } from "../telemetry/exposition.ts";

/** What the metrics are computed from. */
export type MetricFacts = {
  now: EpochMs;
  license: LicenseFile | undefined;
  /** The seats of the current period, if there is a license. */
  seats: { used: number; max: number | null } | undefined;
  denials: number;
  /** The last closed day of the seat history, if there is one. */
  seatDay: SeatDay | undefined;
  counts: SessionCounts;
  /** How many clusters are in each state of the catalog. */
  policyStates: Readonly<Record<string, number>>;
  /** The users, if metrics have per-user labels. */
  users: readonly UserUsage[];
};

/** Sums of a user's sessions that ended this month, under the label names of the original server. */
export type UserUsage = {
  labels: { client_hostname: string; client_name: string; client_user: string; user_id: string; ci: string };
  sessions: number;
  seconds: number;
};

/** All metrics of a scrape. One that is unknown (seats without a license, a maximum if unlimited) has no samples. */
export const metricFamilies = ({
  now,
  license,
  seats,
  denials,
  seatDay,
  counts,
  policyStates,
  users,
}: MetricFacts): Family[] => {
  const { totals, active, operators } = counts;
  const max = seats?.max ?? undefined;
  return [
    { name: "mirrord_license_valid_seconds", samples: one(license === undefined ? 0 : validSeconds(license, now)) },
    { name: "mirrord_sessions_create_total", samples: one(totals.people.created) },
    { name: "mirrord_sessions_duration", samples: [{ histogram: histogramOf(totals.people) }] },
    { name: "mirrord_ci_sessions_create_total", samples: one(totals.ci.created) },
    { name: "mirrord_ci_sessions_duration", samples: [{ histogram: histogramOf(totals.ci) }] },
    { name: "license_server_previews_create_total", samples: one(totals.previews.created) },
    { name: "license_server_previews_duration", samples: [{ histogram: histogramOf(totals.previews) }] },
    { name: "license_server_license_valid", samples: one(license !== undefined && isInForce(license, now) ? 1 : 0) },
    {
      name: "license_server_license_expiry_timestamp_seconds",
      samples: one(license && Math.floor(license.expiresAt / SECOND_MS)),
    },
    { name: "license_server_license_max_seats", samples: one(max) },
    { name: "license_server_seats_used", samples: one(seats?.used) },
    {
      name: "license_server_seats_available",
      samples: one(seats === undefined || max === undefined ? undefined : Math.max(0, max - seats.used)),
    },
    { name: "license_server_seats_overage", samples: one(seats && Math.max(0, seats.used - (max ?? seats.used))) },
    { name: "license_server_seat_denials_total", samples: one(denials) },
    { name: "license_server_seats_held_day_max", samples: one(seatDay?.decided.held) },
    { name: "license_server_seat_users_active", samples: one(seatDay && activeUsersOf(seatDay)) },
    {
      name: "license_server_seat_users_idle",
      samples: Object.entries(seatDay?.used?.idle ?? {}).map(([days, value]) => ({ labels: { days }, value })),
    },
    {
      name: "license_server_sessions_active",
      samples: [
        { labels: { ci: "false" }, value: active.people },
        { labels: { ci: "true" }, value: active.ci },
      ],
    },
    { name: "license_server_previews_active", samples: one(active.previews) },
    {
      name: "license_server_operators",
      samples: Object.entries(operators).map(([state, value]) => ({ labels: { state }, value })),
    },
    {
      name: "license_server_operator_faults",
      samples: Object.entries(counts.faults).map(([fault, value]) => ({ labels: { fault }, value })),
    },
    {
      name: "license_server_policy_apply_state",
      samples: Object.entries(policyStates).map(([state, value]) => ({ labels: { state }, value })),
    },
    {
      name: "license_server_user_sessions",
      samples: users.map(({ labels, sessions }) => ({ labels, value: sessions })),
    },
    {
      name: "license_server_user_session_seconds",
      samples: users.map(({ labels, seconds }) => ({ labels, value: seconds })),
    },
  ];
};

const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ value }]);

const histogramOf = ({ buckets, seconds }: KindTotals): HistogramValue => {
  const bounds = [...DURATION_BUCKETS_SECONDS, Number.POSITIVE_INFINITY];
  let count = 0;
  return {
    buckets: bounds.map((upTo, place) => {
      count += buckets[place] ?? 0;
      return { upTo, count };
    }),
    sum: seconds,
  };
};
