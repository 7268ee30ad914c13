import * as v from "valibot";
import { EDITIONS } from "./editions.ts";
import { PRIMARY_KEYS } from "./primary-keys.ts";
import { Port } from "./requests.ts";
import { FEATURES } from "./server.ts";

/**
 * The schemas of what the API answers. `responses.ts` derives the types from them; at run time only the OpenAPI
 * generator and the tests load this module.
 */

const described = <TSchema extends v.GenericSchema>(schema: TSchema, description: string) =>
  v.pipe(schema, v.description(description));

const Text = v.string();
const Timestamp = v.pipe(v.string(), v.isoTimestamp());
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Seconds = described(Count, "Whole seconds.");
const Mean = v.pipe(v.number(), v.minValue(0));
const SessionIds = v.array(Text);

export const HealthResponse = v.object({ status: v.literal("ok") });

export const JwksResponse = v.object({
  keys: v.array(
    v.object({
      kty: v.literal("OKP"),
      crv: v.literal("Ed25519"),
      x: described(Text, "The public key, base64url."),
      kid: described(Text, "The `kid` of the tokens that this key verifies."),
      alg: v.literal("EdDSA"),
      use: v.literal("sig"),
    }),
  ),
});

export const LicenseStatus = described(
  v.picklist(["valid", "expiring", "expired", "not_yet_valid"]),
  "`expiring` from 30 days before `expire_at` on. A missing or invalid license is a 503 instead.",
);

export const TrackingMode = v.picklist(["ClientCertificate", "KubernetesUser"]);

const seatTrackingMode = described(Text, "What counts as one seat: `ClientCertificate` or a Kubernetes user.");

export const LicenseObject = v.object({
  pem: v.optional(
    described(Text, "The license file, verbatim. Absent for an access token with the scope `license:read`."),
  ),
  fingerprint: described(Text, "SHA-256 of the certificate's DER, base64 without padding."),
  name: Text,
  organization: Text,
  expire_at: Timestamp,
  valid_seconds: described(v.pipe(v.number(), v.integer()), "Seconds until `expire_at`, by the server's clock."),
  status: LicenseStatus,
  type: described(Text, "`teams` or `enterprise`."),
  trial: v.boolean(),
  max_seats: described(v.nullable(Count), "Null is unlimited."),
  seat_tracking_mode: seatTrackingMode,
  subscription_id: v.nullable(Text),
  organization_id: v.nullable(Text),
  edition: v.exactOptional(
    described(
      v.picklist(EDITIONS),
      "Absent for a plain license, which has none of the following terms. [What each edition enforces](docs/licensing.md).",
    ),
  ),
  modules: v.exactOptional(
    described(v.nullable(v.array(Text)), "The licensed modules. Null is all; `base` always is."),
  ),
  max_operators: v.exactOptional(
    described(v.nullable(Count), "Installations that may hold a lease. Null is unlimited."),
  ),
  max_requests_per_second: v.exactOptional(
    described(v.nullable(v.pipe(v.number(), v.gtValue(0))), "The licensed throughput. Null is unlimited."),
  ),
});

export const LeaseObject = v.object({
  token: described(
    Text,
    "A JWT (EdDSA) that carries the license's fingerprint and expiry and the caller's `nonce`. It verifies offline with the keys of `/.well-known/jwks.json`, and is the bearer token of heartbeats, session starts and ends.",
  ),
  expires_at: described(Timestamp, "At most the license's expiry. After it, no new session may start."),
  heartbeat_interval_secs: described(Count, "When to send the next heartbeat; already jittered."),
});

export const LeaseReason = described(
  v.picklist(["LicenseExpired", "LicenseNotYetValid", "LicenseMissing", "LicenseInvalid", "MaxOperatorsReached"]),
  "Why `lease` is null. Absent if there is a lease.",
);

const notedSeq = described(
  Count,
  "The noted `seq`: that of the last heartbeat whose list counted. An operator that is behind continues from it.",
);

const serverTime = described(Timestamp, "The server's clock when it answered.");

export const LicenseGetResponse = v.object({ license: LicenseObject, server_time: serverTime });

export const LicensePostResponse = v.object({
  license: LicenseObject,
  lease: v.nullable(LeaseObject),
  lease_reason: v.exactOptional(LeaseReason),
  seq: notedSeq,
  server: described(
    v.object({
      version: Text,
      features: described(
        v.array(v.picklist(FEATURES)),
        "The optional parts of this contract that the server supports. A server without `server` in its answer supports none.",
      ),
    }),
    "The server's release.",
  ),
  server_time: serverTime,
});

const seatNumbers = {
  used: Count,
  max: described(v.nullable(Count), "Null is unlimited."),
  available: described(v.nullable(Count), "Null is unlimited."),
};

export const SeatNumbers = v.object(seatNumbers);

export const HeartbeatResponse = v.object({
  lease: v.nullable(LeaseObject),
  lease_reason: v.exactOptional(LeaseReason),
  license: described(
    v.nullable(v.object({ fingerprint: Text, status: LicenseStatus })),
    "Null while the license is missing or invalid. A new fingerprint means: fetch the license again.",
  ),
  seats: v.nullable(SeatNumbers),
  accepted: described(SessionIds, "Events that are recorded: forget them."),
  rejected: described(
    v.array(
      v.object({
        session_id: described(v.nullable(Text), "Null if the event has no usable id."),
        code: Text,
        detail: Text,
      }),
    ),
    "Events that will never be recorded: forget them, too.",
  ),
  denied: described(
    v.array(v.object({ session_id: Text, code: Text })),
    "Starts that are recorded although they would have been refused. Their sessions are in `terminate`, too.",
  ),
  terminate: described(SessionIds, "Sessions to stop."),
  unknown: described(
    SessionIds,
    "Sessions that the operator lists and the server does not know: send them in `started`.",
  ),
  conflict: described(
    SessionIds,
    "Sessions that belong to another operator instance, or to another operator that uses the same `instance_id`.",
  ),
  seats_lost: described(v.array(Text), "Seats that were released: ask before their users' next sessions."),
  seq: notedSeq,
  list: described(
    v.picklist(["taken", "refused", "absent"]),
    "`taken`: the list counts. `refused`: it does not count, because its `seq` is not above the noted one and `sent_at` is not more than five minutes later; continue from the noted `seq`. `absent`: the request has no list, so nothing was compared.",
  ),
  superseded: v.exactOptional(
    described(
      v.literal(true),
      "Another agent process registered later for this `instance_id`: this one must stop. Its events are recorded, its list does not count.",
    ),
  ),
  catalog_revision: v.exactOptional(
    described(
      Count,
      "The revision of the catalog, at most ten seconds old. Only for an agent that applies the catalog. If it differs from the one in force, fetch `GET /api/v1/catalog`.",
    ),
  ),
  server_time: serverTime,
});

export const SessionStartResponse = v.object({
  session_id: Text,
  seat: described(
    v.nullable(
      v.object({
        id: described(Text, "An opaque hash."),
        claimed_at: Timestamp,
        held_until: described(
          v.nullable(Timestamp),
          "Until then, this user's next starts may wait for a heartbeat's `started`. Null while a policy could refuse a session in this cluster: then each start asks.",
        ),
        overage: described(v.boolean(), "Whether it was claimed beyond `max`, which the policy may allow."),
      }),
    ),
    "Null for a CI session or a preview, which need no seat.",
  ),
  seats: SeatNumbers,
});

export const SessionEndResponse = v.object({ session_id: Text, duration_secs: Seconds });

export const LockedPort = Port;

export const SessionListResponse = v.object({
  sessions: v.array(
    v.object({
      id: Text,
      user: described(Text, "For display: who runs the session, on which machine."),
      target: Text,
      namespace: Text,
      locked_ports: v.array(LockedPort),
      duration_secs: Seconds,
      user_id: Text,
      key: v.nullable(Text),
      cluster: v.nullable(Text),
      instance_id: Text,
      ci: described(v.boolean(), "Whether it is a machine session: a CI session or a preview, which take no seat."),
      session_kind: v.picklist(["user", "ci", "preview"]),
      ci_info: v.nullable(
        v.object({
          provider: v.nullable(Text),
          environment: v.nullable(Text),
          pipeline: v.nullable(Text),
          triggered_by: v.nullable(Text),
        }),
      ),
      branch: v.nullable(Text),
      cli_version: v.nullable(Text),
      copy_target: v.nullable(v.boolean()),
      header_filter: described(v.nullable(Text), "Which requests it takes."),
      denied_code: described(v.nullable(Text), "Why it was denied, although it runs. Null if it was not."),
      started_at: Timestamp,
      stale: described(
        v.boolean(),
        "Whether its operator has missed three heartbeats. Its duration does not grow then.",
      ),
      stop_refused: described(
        v.nullable(v.picklist(["unsupported", "forbidden"])),
        "Why it still runs although it was killed: `unsupported` by its operator, or `forbidden` to its agent. Null if it was not killed, or was killed again since.",
      ),
      stopping: described(v.boolean(), "Whether it was killed and its operator has not reported its end yet."),
    }),
  ),
  next: described(v.nullable(Text), "The `cursor` of the next page. Null on the last page."),
});

export const SeatListResponse = v.object({
  ...seatNumbers,
  overage: described(Count, "Seats claimed beyond `max`."),
  tracking_mode: seatTrackingMode,
  mode: v.exactOptional(
    described(v.literal("floating"), "Present if seats float: then they have no period, and `period` has no end."),
  ),
  period: v.object({ from: Timestamp, to: Timestamp }),
  seats: v.exactOptional(
    described(
      v.array(
        v.object({
          id: described(Text, "An opaque hash."),
          kubernetes_username: described(Text, "This name and the next two are those of the user's latest session."),
          client_hostname: Text,
          client_username: Text,
          claimed_at: Timestamp,
          last_seen: described(
            Timestamp,
            "When a session of the user was last known live: by a heartbeat that listed it, or by its end.",
          ),
          live_sessions: v.exactOptional(
            described(Count, "The user's running sessions, without CI. A release does not stop them."),
          ),
          overage: v.boolean(),
          pool: v.exactOptional(
            described(
              Text,
              "The reservation that counts the seat, or `common`. Absent if it was claimed without reservations.",
            ),
          ),
        }),
      ),
      "The oldest claim first. Absent with `summary=true`.",
    ),
  ),
  next: v.exactOptional(
    described(v.nullable(Text), "The `cursor` of the next page. Null on the last page, absent with `summary=true`."),
  ),
});

const Day = v.pipe(Text, v.isoDate());
const known = <TSchema extends v.GenericSchema>(schema: TSchema, description: string) =>
  described(v.nullable(schema), description);

export const SeatHistoryDay = v.object({
  date: described(Day, "The day, in UTC."),
  held: known(
    Count,
    "The most seats held at once. Null, as all figures of the day, if it is not known, as before this release.",
  ),
  max_seats: known(Count, "The highest maximum in force on the day. Null is unlimited if `held` is a number."),
  overage: known(Count, "The most seats held at once beyond the maximum of that moment."),
  denials: known(Count, "Sessions refused because no seat was free, by the server's clock."),
  active_users: known(
    Count,
    "Different users, by the license's tracking mode, with a session that ran on the day. It changes with a late event.",
  ),
  idle_7_days: known(
    Count,
    "Holders at the day's end without a session on the last 7 days, this one included. It changes with a late event.",
  ),
  idle_14_days: known(Count, "The same for 14 days."),
  idle_30_days: known(Count, "The same for 30 days."),
  rebuilt: described(v.boolean(), "Whether an earlier release decided a part of the day."),
});

export const SeatHistoryResponse = v.object({
  from: Timestamp,
  to: Timestamp,
  days: described(v.array(SeatHistoryDay), "Every closed day that the range touches, the oldest first."),
});

export const SeatForecastResponse = v.object({
  status: described(
    v.picklist(["forecast", "too_few_days", "reached", "unlimited"]),
    "`too_few_days`: fewer than 14 days have a value. `reached`: the users, or the seats held now, are at the maximum. `unlimited`: the license has no maximum.",
  ),
  series: described(
    v.picklist(["period", "floating"]),
    "What is forecast. `period`: different users with a seat in the trailing 30 days. `floating`: the most seats held at once in the trailing 7 days.",
  ),
  max_seats: described(v.nullable(Count), "The license's seats now; null is unlimited."),
  users: described(v.nullable(Count), "The newest value of the series."),
  as_of: described(v.nullable(Day), "The day of the newest value. Null if there is none."),
  growth_per_day: described(v.nullable(v.number()), "The slope of the line. Null without a forecast."),
  on: described(
    v.nullable(Day),
    "The day on which the line meets `max_seats`. Null without a forecast, and beyond 365 days. So are the next two.",
  ),
  earliest: described(v.nullable(Day), "The day on which the upper limit of the 80 % prediction interval meets it."),
  latest: described(v.nullable(Day), "The same for the lower limit."),
  points: described(
    v.array(v.object({ date: Day, users: Count })),
    "The values that the line is laid through, the oldest first: at most 30 closed days.",
  ),
});

export const SessionKillAllResponse = v.object({
  count: described(Count, "The number of live sessions whose operators are asked to stop them."),
  skipped: v.exactOptional(
    described(
      SessionIds,
      "The ids of preview environments that were left out, because the agents of their clusters may not stop any. Absent if there are none.",
    ),
  ),
});

export const OperatorListResponse = v.object({
  operators: v.array(
    v.object({
      instance_id: Text,
      kind: described(
        v.picklist(["operator", "agent"]),
        "`agent`: an agent reports for the operator of its cluster, which does not call this server.",
      ),
      cluster: v.nullable(Text),
      cluster_id: described(
        v.nullable(Text),
        "The UID of the cluster's namespace `default`, as the agent or operator named it.",
      ),
      version: described(v.nullable(Text), "The operator's version. Null if an agent does not know it."),
      state: described(
        v.picklist(["active", "stale", "gone"]),
        "`stale` after three missed heartbeats, `gone` after its sessions were ended as lost.",
      ),
      first_seen: v.nullable(Timestamp),
      last_heartbeat: v.nullable(Timestamp),
      last_listed: described(
        v.nullable(Timestamp),
        "When the last heartbeat arrived whose list of live sessions counted. Sessions that end as lost end at that time.",
      ),
      lease: v.object({
        state: v.picklist(["active", "expired", "none"]),
        expires_at: v.nullable(Timestamp),
      }),
      installation: v.exactOptional(
        described(
          Text,
          "The installation whose slot it uses, under a license with `max_operators`. Absent without a slot.",
        ),
      ),
      live_sessions: Count,
      agent: described(
        v.nullable(
          v.object({
            version: described(Text, "The agent's own version."),
            process_id: Text,
            enforces: described(v.boolean(), "Whether it stops sessions that were denied a seat."),
            applies_catalog: v.boolean(),
            kills_previews: v.boolean(),
            observed_at: described(
              v.nullable(Timestamp),
              "When it last saw the whole state of its cluster, by its own clock. If this is old, it cannot see its cluster.",
            ),
          }),
        ),
        "Null for an operator.",
      ),
    }),
  ),
  next: described(v.nullable(Text), "The `cursor` of the next page. Null on the last page."),
});

const sums = { totalSessionCount: Count, totalSessionTimeSeconds: Count };

export const AuditListResponse = v.object({
  entries: v.array(
    v.object({
      time: Timestamp,
      action: described(Text, "What was done, as `seat.claimed`."),
      actor: described(Text, "Who did it: an operator instance, the subject of an access token, or the server."),
      details: described(v.record(v.string(), Text), "What it was done to. The fields depend on the action."),
    }),
  ),
  next: described(v.nullable(Text), "The `cursor` of the next page. Null on the last page."),
});

export const UsageReport = v.object({
  generalMetrics: v.object({
    totalLicenses: described(v.nullable(Count), "The license's seats; null is unlimited."),
    tier: Text,
    primaryKey: v.picklist(PRIMARY_KEYS),
    activeUsers: Count,
    reportPeriod: v.object({ from: v.nullable(Timestamp), to: Timestamp }),
    operatorVersion: v.nullable(Text),
    lastOperatorEvent: v.nullable(Timestamp),
  }),
  allTimeMetrics: v.object({ ...sums, totalCiSessionCount: Count, totalPreviewCount: Count }),
  ciMetrics: v.object({
    currentRunningSessions: Count,
    maxConcurrentCiSessions: described(v.nullable(Count), "Null if it is not computed yet."),
    totalCiSessions: Count,
    avgCiSessionDurationSeconds: Mean,
  }),
  previewMetrics: v.object({
    currentRunningPreviews: Count,
    maxConcurrentPreviews: described(v.nullable(Count), "Null if it is not computed yet."),
    totalPreviews: Count,
    avgPreviewDurationSeconds: Mean,
  }),
  machineSessions: described(
    v.array(
      v.object({
        kind: v.picklist(["ci", "preview"]),
        provider: described(Text, "Empty if it is not known, as are the next three."),
        pipeline: Text,
        environment: Text,
        trigger: Text,
        ...sums,
        maxConcurrentSessions: described(
          v.nullable(Count),
          "The most at once on a closed day. Null if it is not known.",
        ),
        averageSessionDurationSeconds: Mean,
        p95SessionDurationSeconds: described(
          v.nullable(Count),
          "95 % of the sessions lasted at most this long: the upper bound of one of 24 buckets. Null above a week, and if earlier releases counted some of them.",
        ),
      }),
    ),
    "CI sessions and previews by what ran them, the longest total time first. A day has rows for 500 combinations; all others count as `other`.",
  ),
  userMetrics: v.array(
    v.object({
      identifier: Text,
      displayName: v.exactOptional(
        described(
          Text,
          "The user's name in the session that ended last: Kubernetes user, else machine's user, else machine.",
        ),
      ),
      machine: v.exactOptional(
        described(Text, "`user@host` of the session that ended last. Absent if it is not known."),
      ),
      firstActive: described(Timestamp, "The earliest start."),
      lastSeen: described(Timestamp, "The latest end."),
      ...sums,
      averageSessionDurationSeconds: Mean,
      averageDailySessions: described(
        Mean,
        "Sessions divided by calendar days (UTC): from the later of `from` and the user's first activity to the earlier of `to` and today, both days included.",
      ),
      deniedSessionCount: v.exactOptional(
        described(Count, "How many of them ran although they were denied a seat. Absent if none."),
      ),
    }),
  ),
  targetMetrics: v.array(v.object({ namespace: Text, kind: Text, name: Text, ...sums, uniqueUsers: Count })),
  activity: v.array(
    v.object({
      identifier: Text,
      namespace: Text,
      kind: Text,
      name: Text,
      ci: described(v.boolean(), "Whether they are machine sessions, which take no seat."),
      sessionKind: v.picklist(["user", "ci", "preview"]),
      firstActive: Timestamp,
      lastSeen: Timestamp,
      ...sums,
    }),
  ),
  warnings: v.exactOptional(
    described(v.array(Text), "What to check about the users of the report. Absent if there is nothing to check."),
  ),
});

const peak = (what: string) => described(v.nullable(Count), `${what} Exact; null until the day is closed.`);

export const TrendDay = v.object({
  date: described(v.pipe(Text, v.isoDate()), "The day, in UTC."),
  sessionCount: described(Count, "Sessions of people that ended on the day."),
  sessionTimeSeconds: Seconds,
  ciSessionCount: described(Count, "CI sessions that ended on the day."),
  ciSessionTimeSeconds: Seconds,
  previewCount: described(Count, "Previews that ended on the day."),
  previewTimeSeconds: Seconds,
  activeUsers: described(Count, "Users, by the license's tracking mode, with a session that ended on the day."),
  newUsers: described(Count, "Users whose first session ended on this day."),
  maxConcurrentSessions: peak("The most sessions of people at once."),
  maxConcurrentCiSessions: peak("The most CI sessions at once."),
  maxConcurrentPreviews: peak("The most previews at once."),
  seatsClaimed: Count,
  denials: described(Count, "Sessions refused because no seat was free."),
});

export const UsageTrends = v.object({
  reportPeriod: v.object({ from: Timestamp, to: Timestamp }),
  days: described(v.array(TrendDay), "Every day of the period, oldest first."),
});

export const ErrorReport = v.object({
  entries: v.array(
    v.object({
      timestamp: Timestamp,
      error: Text,
      operator_version: Text,
      license_hash: described(v.nullable(Text), "The fingerprint of the license in force then."),
      instance_id: Text,
    }),
  ),
  next: described(v.nullable(Text), "The `cursor` of the next page. Null on the last page."),
});

export const DenialReport = v.object({
  from: Timestamp,
  to: Timestamp,
  max_seats: described(v.nullable(Count), "The license's seats now; null is unlimited."),
  denials: described(Count, "Sessions refused because no seat was free. Retries do not count."),
  users: described(Count, "How many different users were refused."),
  seats_enough: described(
    v.nullable(v.object({ p50: Count, p95: Count, max: Count })),
    "The seats with which nobody would have been refused on half of the days (p50), on 95 % of them (p95), or on any (max). Null if no seat was claimed or denied.",
  ),
  entries: v.array(
    v.object({
      day: v.pipe(Text, v.isoDate()),
      seat_id: Text,
      kubernetes_username: Text,
      client_hostname: Text,
      client_username: Text,
      denials: Count,
      first_at: Timestamp,
      last_at: Timestamp,
    }),
  ),
});

/** The body of a 303, for clients that do not follow it automatically. */
export const LargeAnswer = v.object({
  type: Text,
  title: Text,
  status: v.literal(303),
  detail: Text,
  location: described(Text, "The link of the `Location` header. It needs no key, and expires soon."),
  expires_at: Timestamp,
  bytes: Count,
  request_id: Text,
});

export const Problem = v.object({
  type: Text,
  title: Text,
  status: Count,
  detail: described(Text, "For people; its wording may change. Branch on `code`."),
  code: Text,
  request_id: described(Text, "The id of the request in the server's logs."),
  errors: v.exactOptional(
    described(
      v.array(v.object({ path: described(Text, "Such as `client.id` or `query.from`."), message: Text })),
      "Every fault of a bad input at once.",
    ),
  ),
});
