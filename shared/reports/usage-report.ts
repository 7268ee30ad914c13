import type { PrimaryKey, UsageReport } from "../contract/responses.ts";
import { DAY_MS, type EpochMs, formatTime } from "../contract/time.ts";
import type { UsageRow } from "../usage/row.ts";
import { type ActivityGroup, groupUsage, type TargetGroup, type UsageSum, type UserGroup } from "./usage-groups.ts";

export type UsageReportInput = {
  /**
   * The sessions that ended in the period. An identity may come in any number of rows, however its sessions were
   * summed: by day, by month, by shard, or each for itself.
   */
  rows: Iterable<UsageRow>;
  allTime: { sessions: number; seconds: number; ciSessions: number };
  /** `maxSeats` is null where the license is unlimited. */
  license: { maxSeats: number | null; type: string };
  primaryKey: PrimaryKey;
  /** Without `from`, the period has no beginning. */
  period: { from: EpochMs | undefined; to: EpochMs };
  running: { ciSessions: number };
  /** Null where the peak is not known. */
  maxConcurrentCiSessions: number | null;
  /** The operator heard of last, if any. */
  operator: { version: string; lastEvent: EpochMs } | undefined;
  /** How an identifier is shown. Users are told apart, and sorted, by what they are. */
  show: (identifier: string) => string;
};

/**
 * The usage report of a period.
 *
 * - `userMetrics`, `targetMetrics` and `activeUsers` count the sessions of people; CI sessions stand in `ciMetrics` and
 *   in those rows of `activity` whose `ci` is true.
 * - A user is whom `primaryKey` tells apart.
 * - Mean durations are seconds by sessions, to two decimals; 0 without sessions.
 * - `averageDailySessions` is sessions by days, to two decimals, over the same days for each user: from `from` to `to`,
 *   or without `from` since the earliest start of any session in the report, CI or not. A part of a day counts as its
 *   part; a span of no or negative length counts as one day.
 * - Every list is sorted by total time, longest first, then by its names in the order of their UTF-16 code units.
 */
export const buildUsageReport = (input: UsageReportInput): UsageReport => {
  const { users, targets, activity, ci, all } = groupUsage(input.rows, IDENTIFIER_OF[input.primaryKey]);
  const { show } = input;
  const days = daysOf(input.period.from ?? all.firstStart, input.period.to);
  return {
    generalMetrics: generalMetrics(input, users.length),
    allTimeMetrics: {
      totalSessionCount: input.allTime.sessions,
      totalSessionTimeSeconds: input.allTime.seconds,
      totalCiSessionCount: input.allTime.ciSessions,
    },
    ciMetrics: {
      currentRunningSessions: input.running.ciSessions,
      maxConcurrentCiSessions: input.maxConcurrentCiSessions,
      totalCiSessions: ci.sessions,
      avgCiSessionDurationSeconds: meanSeconds(ci),
    },
    userMetrics: users.sort(longestFirst("identifier")).map((user) => userMetric(user, days, show)),
    targetMetrics: targets.sort(longestFirst("namespace", "kind", "name")).map(targetMetric),
    activity: activity
      .sort((a, b) => compareActivity(a, b) || Number(a.ci) - Number(b.ci))
      .map((group) => activityRow(group, show)),
  };
};

const IDENTIFIER_OF: Record<PrimaryKey, (row: UsageRow) => string> = {
  machine_id: (row) => row.machineId,
  username: (row) => row.kubernetesUsername,
  client_username: (row) => row.clientUsername,
  client_hostname: (row) => row.clientHostname,
};

const generalMetrics = (input: UsageReportInput, activeUsers: number): UsageReport["generalMetrics"] => ({
  totalLicenses: input.license.maxSeats,
  tier: input.license.type,
  primaryKey: input.primaryKey,
  activeUsers,
  reportPeriod: {
    from: input.period.from === undefined ? null : formatTime(input.period.from),
    to: formatTime(input.period.to),
  },
  operatorVersion: input.operator?.version ?? null,
  lastOperatorEvent: input.operator === undefined ? null : formatTime(input.operator.lastEvent),
});

type Show = UsageReportInput["show"];

const userMetric = (user: UserGroup, days: number, show: Show): UsageReport["userMetrics"][number] => ({
  identifier: show(user.identifier),
  ...activeSpan(user),
  ...totals(user),
  averageSessionDurationSeconds: meanSeconds(user),
  averageDailySessions: toHundredths(user.sessions / days),
});

const targetMetric = (target: TargetGroup): UsageReport["targetMetrics"][number] => ({
  namespace: target.namespace,
  kind: target.kind,
  name: target.name,
  ...totals(target),
  uniqueUsers: target.uniqueUsers,
});

const activityRow = (group: ActivityGroup, show: Show): UsageReport["activity"][number] => ({
  identifier: show(group.identifier),
  namespace: group.namespace,
  kind: group.kind,
  name: group.name,
  ci: group.ci,
  ...activeSpan(group),
  ...totals(group),
});

const activeSpan = (sum: UsageSum) => ({ firstActive: formatTime(sum.firstStart), lastSeen: formatTime(sum.lastEnd) });

const totals = (sum: UsageSum) => ({ totalSessionCount: sum.sessions, totalSessionTimeSeconds: sum.seconds });

const meanSeconds = (sum: UsageSum): number => (sum.sessions === 0 ? 0 : toHundredths(sum.seconds / sum.sessions));

const daysOf = (from: EpochMs, to: EpochMs): number => (to > from ? (to - from) / DAY_MS : 1);

const toHundredths = (value: number): number => Math.round(value * 100) / 100;

/** Orders by total time, then by these names. */
const longestFirst =
  <TName extends string>(...names: TName[]) =>
  (a: Record<TName, string> & UsageSum, b: Record<TName, string> & UsageSum): number => {
    if (a.seconds !== b.seconds) return b.seconds - a.seconds;
    for (const name of names) if (a[name] !== b[name]) return a[name] < b[name] ? -1 : 1;
    return 0;
  };

const compareActivity = longestFirst("identifier", "namespace", "kind", "name");
