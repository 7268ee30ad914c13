import type { TrendDay, UsageReport } from "../../shared/contract/responses.ts";

export type User = UsageReport["userMetrics"][number];
export type Target = UsageReport["targetMetrics"][number];
export type Activity = UsageReport["activity"][number];

export type UsageSummary = {
  sessions: number;
  seconds: number;
  ciSessions: number;
  /** The most CI sessions at once; null where no day of the range is closed yet. */
  ciPeak: number | null;
  /** Who used mirrord longest. */
  champion: User | undefined;
};

/** What the cards say of a range. The sessions are people's; those of CI are counted apart. */
export const summarize = (report: UsageReport): UsageSummary => ({
  sessions: sum(report.userMetrics, (user) => user.totalSessionCount),
  seconds: sum(report.userMetrics, (user) => user.totalSessionTimeSeconds),
  ciSessions: report.ciMetrics.totalCiSessions,
  ciPeak: report.ciMetrics.maxConcurrentCiSessions,
  champion: report.userMetrics.reduce<User | undefined>(
    (most, user) => (most === undefined || user.totalSessionTimeSeconds > most.totalSessionTimeSeconds ? user : most),
    undefined,
  ),
});

/** The most CI sessions at once on any day that is closed; null where none is, or only days that had none are. */
export const ciPeakOf = (days: readonly TrendDay[]): number | null => {
  const isOpen = ({ maxConcurrentCiSessions }: TrendDay) => maxConcurrentCiSessions === null;
  const peaks = days.flatMap(({ maxConcurrentCiSessions }) => maxConcurrentCiSessions ?? []);
  const peak = peaks.length === 0 ? null : Math.max(...peaks);
  return peak === 0 && days.some((day) => isOpen(day) && day.ciSessionCount > 0) ? null : peak;
};

export type Namespace = { namespace: string; sessions: number; seconds: number; targets: number };

/** Targets summed by namespace, most sessions first. */
export const byNamespace = (targets: readonly Target[]): Namespace[] =>
  [...groupByNamespace(targets)]
    .map(([namespace, group]) => ({
      namespace,
      sessions: sum(group, (target) => target.totalSessionCount),
      seconds: sum(group, (target) => target.totalSessionTimeSeconds),
      targets: group.length,
    }))
    .sort((a, b) => b.sessions - a.sessions || (a.namespace < b.namespace ? -1 : 1));

// Not `Map.groupBy`, which some browsers that the page is for do not have.
const groupByNamespace = (targets: readonly Target[]): Map<string, Target[]> => {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const group = groups.get(target.namespace);
    if (group === undefined) groups.set(target.namespace, [target]);
    else group.push(target);
  }
  return groups;
};

/** `deployment/checkout`, as the original names a target. */
export const targetName = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`;

/** The days from the first with any use on: before it, a long range is only empty. */
export const sinceFirstUse = (days: readonly TrendDay[]): readonly TrendDay[] => {
  const first = days.findIndex((day) => day.sessionCount + day.ciSessionCount + day.denials + day.seatsClaimed > 0);
  return first === -1 ? days : days.slice(first);
};

export const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number =>
  items.reduce((total, item) => total + value(item), 0);
