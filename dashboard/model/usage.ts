import type { TrendDay, UsageReport } from "../../shared/contract/responses.ts";

export type User = UsageReport["userMetrics"][number];
export type Target = UsageReport["targetMetrics"][number];
export type Activity = UsageReport["activity"][number];

export type MachineSessions = UsageReport["machineSessions"][number];

export type UsageSummary = {
  sessions: number;
  seconds: number;
  ciSessions: number;
  /** The most concurrent CI sessions; null until a day of the range is closed. */
  ciPeak: number | null;
  /** The user with the most session time. */
  topUser: User | undefined;
};

/** The figures of the cards for a range. CI sessions are counted separately. */
export const summarize = (report: UsageReport): UsageSummary => ({
  sessions: sum(report.userMetrics, (user) => user.totalSessionCount),
  seconds: sum(report.userMetrics, (user) => user.totalSessionTimeSeconds),
  ciSessions: report.ciMetrics.totalCiSessions,
  ciPeak: report.ciMetrics.maxConcurrentCiSessions,
  topUser: report.userMetrics.reduce<User | undefined>(
    (most, user) => (most === undefined || user.totalSessionTimeSeconds > most.totalSessionTimeSeconds ? user : most),
    undefined,
  ),
});

/** The most concurrent CI sessions on any closed day; null while every day with CI sessions is still open. */
export const ciPeakOf = (days: readonly TrendDay[]): number | null => {
  const isOpen = ({ maxConcurrentCiSessions }: TrendDay) => maxConcurrentCiSessions === null;
  const peaks = days.flatMap(({ maxConcurrentCiSessions }) => maxConcurrentCiSessions ?? []);
  const peak = peaks.length === 0 ? null : Math.max(...peaks);
  return peak === 0 && days.some((day) => isOpen(day) && day.ciSessionCount > 0) ? null : peak;
};

export type Namespace = { namespace: string; sessions: number; seconds: number; targets: number };

/** Sums of targets by namespace, most sessions first. */
export const byNamespace = (targets: readonly Target[]): Namespace[] =>
  [...groupByNamespace(targets)]
    .map(([namespace, group]) => ({
      namespace,
      sessions: sum(group, (target) => target.totalSessionCount),
      seconds: sum(group, (target) => target.totalSessionTimeSeconds),
      targets: group.length,
    }))
    .sort((a, b) => b.sessions - a.sessions || (a.namespace < b.namespace ? -1 : 1));

// Not `Map.groupBy`: some supported browsers lack it.
const groupByNamespace = (targets: readonly Target[]): Map<string, Target[]> => {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const group = groups.get(target.namespace);
    if (group === undefined) groups.set(target.namespace, [target]);
    else group.push(target);
  }
  return groups;
};

/** `deployment/checkout`, as mirrord names a target. */
export const targetName = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`;

/** The days from the first day with use on. */
export const sinceFirstUse = (days: readonly TrendDay[]): readonly TrendDay[] => {
  const first = days.findIndex((day) => day.sessionCount + day.ciSessionCount + day.denials + day.seatsClaimed > 0);
  return first === -1 ? days : days.slice(first);
};

export const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0);
