import type { UsageReport } from "../../../shared/contract/responses.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { type Activity, activityKey, plus, type Sum, summarize, type Truth } from "../truth.ts";

/**
 * Where a usage report (by machine) differs from what was sent; empty if they are equal. With a baseline, the report should
 * be that earlier report plus what was sent since. Assumes that nobody else used the server meanwhile.
 */
export const differences = (truth: Truth, report: UsageReport, baseline?: UsageReport): string[] => {
  const expected = summarize(merge(baseline === undefined ? [] : activityOf(baseline), truth.activity));
  const { userMetrics, targetMetrics, ciMetrics, generalMetrics, allTimeMetrics } = report;
  return [
    ...compareSums("activity", byKey(expected.activity, activityKey), byKey(activityOf(report), activityKey)),
    ...compareSums(
      "user",
      byKey(expected.users, ({ machineId }) => machineId),
      byKey(
        userMetrics.map((row) => ({ ...sumOf(row), id: row.identifier })),
        ({ id }) => id,
      ),
    ),
    ...compareTargets(expected, targetMetrics),
    ...compareNumber("ciMetrics.totalCiSessions", expected.totals.ciSessions, ciMetrics.totalCiSessions),
    ...compareNumber("generalMetrics.activeUsers", expected.users.length, generalMetrics.activeUsers),
    ...compareNumber("allTimeMetrics.totalSessionCount", expected.totals.sessions, allTimeMetrics.totalSessionCount),
    ...compareNumber(
      "allTimeMetrics.totalSessionTimeSeconds",
      expected.totals.seconds,
      allTimeMetrics.totalSessionTimeSeconds,
    ),
    ...compareNumber(
      "allTimeMetrics.totalCiSessionCount",
      expected.totals.ciSessions,
      allTimeMetrics.totalCiSessionCount,
    ),
  ];
};

type ReportRow = { firstActive: string; lastSeen: string; totalSessionCount: number; totalSessionTimeSeconds: number };

const sumOf = (row: ReportRow): Sum => ({
  sessions: row.totalSessionCount,
  seconds: row.totalSessionTimeSeconds,
  firstStart: Date.parse(row.firstActive),
  lastEnd: Date.parse(row.lastSeen),
});

const activityOf = (report: UsageReport): Activity[] =>
  report.activity.map((row) => {
    const { identifier, namespace, kind, name, ci } = row;
    return { ...sumOf(row), machineId: identifier, user: "", namespace, kind, name, ci };
  });

const merge = (first: readonly Activity[], second: readonly Activity[]): Activity[] => {
  const rows = new Map<string, Activity>();
  for (const row of [...first, ...second]) rows.set(activityKey(row), plus(rows.get(activityKey(row)), row));
  return [...rows.values()];
};

const byKey = <T>(rows: readonly T[], key: (row: T) => string): Map<string, T> =>
  new Map(rows.map((row) => [key(row), row]));

const compareSums = (what: string, expected: Map<string, Sum>, actual: Map<string, Sum>): string[] => [
  ...[...expected].flatMap(([key, sum]) => {
    const found = actual.get(key);
    if (found === undefined) return [`${what} ${key}: sent ${show(sum)}, not in the report`];
    return same(sum, found) ? [] : [`${what} ${key}: sent ${show(sum)}, reported ${show(found)}`];
  }),
  ...[...actual]
    .filter(([key]) => !expected.has(key))
    .map(([key, sum]) => `${what} ${key}: never sent, reported ${show(sum)}`),
];

const compareTargets = (expected: Truth, actual: UsageReport["targetMetrics"]): string[] => {
  const show = (row: UsageReport["targetMetrics"][number]): string =>
    `${row.namespace} ${row.kind}/${row.name}: ${row.totalSessionCount} sessions, ${row.totalSessionTimeSeconds} s, ${row.uniqueUsers} users`;
  const sent = new Set(
    expected.targets.map(({ sessions, seconds, ...row }) =>
      show({ ...row, totalSessionCount: sessions, totalSessionTimeSeconds: seconds }),
    ),
  );
  const reported = new Set(actual.map(show));
  return [
    ...[...sent].filter((line) => !reported.has(line)).map((line) => `target sent, but not in the report: ${line}`),
    ...[...reported].filter((line) => !sent.has(line)).map((line) => `target in the report, but not sent: ${line}`),
  ];
};

const compareNumber = (what: string, expected: number, actual: number): string[] =>
  expected === actual ? [] : [`${what}: sent ${expected}, reported ${actual}`];

const same = (a: Sum, b: Sum): boolean =>
  a.sessions === b.sessions && a.seconds === b.seconds && a.firstStart === b.firstStart && a.lastEnd === b.lastEnd;

const show = ({ sessions, seconds, firstStart, lastEnd }: Sum): string =>
  `${sessions} sessions of ${seconds} s from ${formatTime(firstStart)} to ${formatTime(lastEnd)}`;
