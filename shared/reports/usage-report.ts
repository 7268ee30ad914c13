import type { SessionKind } from "../contract/requests.ts";
import type { PrimaryKey, UsageReport } from "../contract/responses.ts";
import { DAY_MS, dayOf, type EpochMs, formatTime, startOf } from "../contract/time.ts";
import { namesDifferingByCase, userName } from "../contract/user-names.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import type { UsageTotals } from "../usage/all-time.ts";
import { combinationName } from "../usage/combinations.ts";
import { percentileSeconds } from "../usage/duration-buckets.ts";
import type { MachinePeaks } from "../usage/peaks.ts";
import type { UsageRow } from "../usage/row.ts";
import type { RunPeaks } from "../usage/run-peaks.ts";
import {
  type ActivityGroup,
  groupUsage,
  type MachineGroup,
  type TargetGroup,
  type UsageSum,
  type UserGroup,
} from "./usage-groups.ts";

export type UsageReportInput = {
  /**
   * The sessions that ended in the period. An identity may have any number of rows, however its sessions were summed:
   * by day, by month, by shard, or one by one.
   */
  rows: Iterable<UsageRow>;
  allTime: UsageTotals;
  /** `maxSeats` is null where the license is unlimited. */
  license: { maxSeats: number | null; type: string };
  primaryKey: PrimaryKey;
  /** Without `from`, the period has no beginning. */
  period: { from: EpochMs | undefined; to: EpochMs };
  now: EpochMs;
  running: MachinePeaks;
  /** Null where the peaks are not known. */
  peaks: MachinePeaks | null;
  runPeaks: RunPeaks;
  /** The operator that was heard last, if any. */
  operator: { version: string; lastEvent: EpochMs } | undefined;
  /** How an identifier is shown. Users are grouped and sorted by the identifier itself. */
  show: (identifier: string) => string;
  /** How is shown what triggered a CI run: it may be a person. */
  showTrigger: (trigger: string) => string;
  /** How the names of a user and of its machine are shown. */
  names: Pick<ShownNames, "person" | "machine" | "machineId">;
};

/**
 * The usage report of a period.
 *
 * - `userMetrics`, `targetMetrics` and `activeUsers` count the sessions of people. CI sessions are in `ciMetrics`, previews
 *   in `previewMetrics`, both in `machineSessions` and in the rows of `activity` whose `ci` is true.
 * - A user is one value of what `primaryKey` names. `warnings` names users whose names differ by case only.
 * - Mean durations are seconds divided by sessions, to two decimals; 0 without sessions.
 * - `averageDailySessions` is sessions divided by calendar days (UTC), to two decimals. The days of a user begin with the
 *   later of `from` and its first activity. They end with the earlier of today and the last moment before `to`. Both days
 *   count, and there is at least one.
 * - Every list is sorted by total time, longest first, then by its names in the order of their UTF-16 code units.
 */
export const buildUsageReport = (input: UsageReportInput): UsageReport => {
  const { users, targets, activity, ci, previews, machines } = groupUsage(input.rows, IDENTIFIER_OF[input.primaryKey]);
  return {
    generalMetrics: generalMetrics(input, users.length),
    allTimeMetrics: {
      totalSessionCount: input.allTime.sessions,
      totalSessionTimeSeconds: input.allTime.seconds,
      totalCiSessionCount: input.allTime.ciSessions,
      totalPreviewCount: input.allTime.previewSessions,
    },
    ciMetrics: {
      currentRunningSessions: input.running.ci,
      maxConcurrentCiSessions: input.peaks?.ci ?? null,
      totalCiSessions: ci.sessions,
      avgCiSessionDurationSeconds: meanSeconds(ci),
    },
    previewMetrics: {
      currentRunningPreviews: input.running.preview,
      maxConcurrentPreviews: input.peaks?.preview ?? null,
      totalPreviews: previews.sessions,
      avgPreviewDurationSeconds: meanSeconds(previews),
    },
    machineSessions: machines
      .sort(longestFirst("kind", "provider", "pipeline", "environment", "trigger"))
      .map((machine) => machineRow(machine, input)),
    userMetrics: users.sort(longestFirst("identifier")).map((user) => userMetric(user, input)),
    targetMetrics: targets.sort(longestFirst("namespace", "kind", "name")).map(targetMetric),
    activity: activity
      .sort((a, b) => compareActivity(a, b) || KINDS.indexOf(a.sessionKind) - KINDS.indexOf(b.sessionKind))
      .map((group) => activityRow(group, input.show)),
    ...warnings(input, activity),
  };
};

const USER_NAMES: ReadonlySet<PrimaryKey> = new Set(["username", "client_username", "person"]);
/** The most warnings in a report. */
const MOST_WARNINGS = 20;

const warnings = (
  { primaryKey, show }: UsageReportInput,
  activity: readonly ActivityGroup[],
): Pick<UsageReport, "warnings"> => {
  if (!USER_NAMES.has(primaryKey)) return {};
  const groups = namesDifferingByCase(activity.map(({ identifier }) => identifier)).slice(0, MOST_WARNINGS);
  if (groups.length === 0) return {};
  return {
    warnings: groups.map((names) => `These users differ by upper and lower case only: ${names.map(show).join(", ")}`),
  };
};

const IDENTIFIER_OF: Record<PrimaryKey, (row: UsageRow) => string> = {
  machine_id: (row) => row.machineId,
  // Earlier releases stored names with the white space around them.
  username: (row) => userName(row.kubernetesUsername),
  client_username: (row) => userName(row.clientUsername),
  client_hostname: (row) => row.clientHostname,
  person: (row) => userName(row.kubernetesUsername) || userName(row.clientUsername) || row.machineId,
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

const userMetric = (user: UserGroup, input: UsageReportInput): UsageReport["userMetrics"][number] => ({
  identifier: input.show(user.identifier),
  displayName: nameOf(user.latest, input.names),
  ...machineOf(user.latest, input.names),
  ...activeSpan(user),
  ...totals(user),
  averageSessionDurationSeconds: meanSeconds(user),
  averageDailySessions: toHundredths(user.sessions / daysOf(user, input)),
  ...denied(user),
});

const nameOf = (row: UsageRow, names: UsageReportInput["names"]): string => {
  const name = userName(row.kubernetesUsername) || userName(row.clientUsername);
  return name === "" ? names.machineId(row.machineId) : names.person(name);
};

const machineOf = ({ clientUsername, clientHostname }: UsageRow, names: UsageReportInput["names"]) => {
  const user = userName(clientUsername);
  // A pseudonym of an empty name would look like a name.
  const parts = [user === "" ? "" : names.person(user), clientHostname === "" ? "" : names.machine(clientHostname)];
  const machine = parts.filter((part) => part !== "").join("@");
  return machine === "" ? {} : { machine };
};

const targetMetric = (target: TargetGroup): UsageReport["targetMetrics"][number] => ({
  namespace: target.namespace,
  kind: target.kind,
  name: target.name,
  ...totals(target),
  uniqueUsers: target.uniqueUsers,
});

const activityRow = (group: ActivityGroup, show: UsageReportInput["show"]): UsageReport["activity"][number] => ({
  identifier: show(group.identifier),
  namespace: group.namespace,
  kind: group.kind,
  name: group.name,
  ci: group.sessionKind !== "user",
  sessionKind: group.sessionKind,
  ...activeSpan(group),
  ...totals(group),
});

const KINDS: readonly SessionKind[] = ["user", "ci", "preview"];

const machineRow = (
  machine: MachineGroup,
  { showTrigger, runPeaks }: UsageReportInput,
): UsageReport["machineSessions"][number] => {
  const { kind, provider, pipeline, environment, trigger, buckets } = machine;
  const isWhole = buckets.reduce((sum, count) => sum + count, 0) === machine.sessions;
  return {
    kind,
    provider,
    pipeline,
    environment,
    trigger: trigger === "" ? "" : showTrigger(trigger),
    ...totals(machine),
    maxConcurrentSessions: runPeaks.get(combinationName(machine)) ?? null,
    averageSessionDurationSeconds: meanSeconds(machine),
    // Earlier releases counted sessions without their durations.
    p95SessionDurationSeconds: (isWhole ? percentileSeconds(buckets, 95) : undefined) ?? null,
  };
};

const denied = ({ denied: count }: UsageSum) => (count === 0 ? {} : { deniedSessionCount: count });

const activeSpan = (sum: UsageSum) => ({ firstActive: formatTime(sum.firstStart), lastSeen: formatTime(sum.lastEnd) });

const totals = (sum: UsageSum) => ({ totalSessionCount: sum.sessions, totalSessionTimeSeconds: sum.seconds });

const meanSeconds = (sum: UsageSum): number => (sum.sessions === 0 ? 0 : toHundredths(sum.seconds / sum.sessions));

/** The calendar days on which a user could be active, by what is known of the period. */
const daysOf = ({ firstStart }: UserGroup, { period: { from, to }, now }: UsageReportInput): number => {
  const first = startOf(dayOf(Math.max(firstStart, from ?? firstStart)));
  const last = startOf(dayOf(Math.min(to - 1, now)));
  return Math.max(1, (last - first) / DAY_MS + 1);
};

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
