import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRIMARY_KEYS, type PrimaryKey, type UsageReport } from "../../../shared/contract/responses.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import { addBuckets, bucketsOf } from "../../../shared/usage/duration-buckets.ts";
import { kindOf, type UsageRow } from "../../../shared/usage/row.ts";
import { type EndedSession, endedSession, PERIOD, reportInput, rowOf, secondsOf } from "./usage-samples.ts";

const DAY = 86_400_000;

const session = (over: Partial<EndedSession> = {}): EndedSession => ({
  machineId: "m-1",
  kubernetesUsername: "kube-1",
  clientUsername: "user-1",
  clientHostname: "host-1",
  namespace: "shop",
  targetKind: "deployment",
  targetName: "cart",
  ci: false,
  start: PERIOD.from,
  end: PERIOD.from + 60_000,
  ...over,
});

const reportOf = (sessions: EndedSession[], over: Parameters<typeof reportInput>[1] = {}): UsageReport =>
  buildUsageReport(reportInput(sessions.map(rowOf), over));

describe("the usage report", () => {
  it("is what a recount of the sessions gives, by every primary key, with and without a beginning", () => {
    fc.assert(
      fc.property(
        fc.array(endedSession, { maxLength: 40 }),
        fc.constantFrom(...PRIMARY_KEYS),
        fc.boolean(),
        (sessions, primaryKey, openBeginning) => {
          const period = openBeginning ? { from: undefined, to: PERIOD.to } : PERIOD;
          const report = reportOf(sessions, { primaryKey, period });
          expect(report.userMetrics).toEqual(recountUsers(sessions, primaryKey, period.from));
          expect(report.targetMetrics).toEqual(recountTargets(sessions, primaryKey));
          expect(report.activity).toEqual(recountActivity(sessions, primaryKey));
          expect(report.machineSessions).toEqual(recountMachines(sessions));
          expect(report.generalMetrics.activeUsers).toBe(report.userMetrics.length);
        },
      ),
    );
  });

  it("does not depend on how sessions were summed into rows, nor on the order of the rows", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ session: endedSession, shard: fc.nat({ max: 2 }), order: fc.nat() }), { maxLength: 40 }),
        (entries) => {
          const rows = sumInto(entries.map(({ session: each, shard }) => ({ session: each, shard })));
          const shuffled = rows.map((row, index) => ({ row, order: entries[index]?.order ?? 0 }));
          shuffled.sort((a, b) => a.order - b.order);
          expect(buildUsageReport(reportInput(shuffled.map(({ row }) => row)))).toEqual(
            reportOf(entries.map((entry) => entry.session)),
          );
        },
      ),
    );
  });

  it("keeps CI apart from users and targets", () => {
    const report = reportOf([session(), session({ machineId: "runner", ci: true, end: PERIOD.from + 90_000 })]);
    expect(report.generalMetrics.activeUsers).toBe(1);
    expect(report.userMetrics.map(({ identifier }) => identifier)).toEqual(["m-1"]);
    expect(report.targetMetrics).toMatchObject([{ totalSessionCount: 1, totalSessionTimeSeconds: 60, uniqueUsers: 1 }]);
    expect(report.ciMetrics).toEqual({
      currentRunningSessions: 2,
      maxConcurrentCiSessions: 7,
      totalCiSessions: 1,
      avgCiSessionDurationSeconds: 90,
    });
    expect(report.activity.map(({ identifier, ci }) => [identifier, ci])).toEqual([
      ["runner", true],
      ["m-1", false],
    ]);
  });

  it("counts previews apart from CI, with figures of their own", () => {
    const use = { ci: true, provider: "", pipeline: "", environment: "staging", trigger: "" } as const;
    const report = reportOf([
      session({ ...use, kind: "preview", end: PERIOD.from + 90_000 }),
      session({ ...use, kind: "ci", end: PERIOD.from + 30_000 }),
    ]);
    expect(report.ciMetrics).toMatchObject({ totalCiSessions: 1, avgCiSessionDurationSeconds: 30 });
    expect(report.previewMetrics).toEqual({
      currentRunningPreviews: 1,
      maxConcurrentPreviews: 3,
      totalPreviews: 1,
      avgPreviewDurationSeconds: 90,
    });
    expect(report.generalMetrics.activeUsers).toBe(0);
  });

  it("counts the sessions of a user that ran without a seat", () => {
    const denied: UsageRow = { ...rowOf(session()), denied: 1 };
    const report = buildUsageReport(reportInput([denied, rowOf(session())]));
    expect(report.userMetrics).toMatchObject([{ totalSessionCount: 2, deniedSessionCount: 1 }]);
  });

  it.each([
    ["machine_id", "m-1"],
    ["username", "kube-1"],
    ["client_username", "user-1"],
    ["client_hostname", "host-1"],
  ] as const)("tells users apart by %s", (primaryKey, identifier) => {
    const report = reportOf([session()], { primaryKey });
    expect(report.generalMetrics.primaryKey).toBe(primaryKey);
    expect(report.userMetrics).toMatchObject([{ identifier }]);
  });

  it("keeps targets apart whose names run together alike", () => {
    const report = reportOf([
      session({ namespace: "ab", targetKind: "c", targetName: "d" }),
      session({ namespace: "a", targetKind: "bc", targetName: "d" }),
      session({ namespace: "ab", targetKind: "", targetName: "cd" }),
    ]);
    expect(report.targetMetrics.map(({ namespace, kind, name }) => [namespace, kind, name])).toEqual([
      ["a", "bc", "d"],
      ["ab", "", "cd"],
      ["ab", "c", "d"],
    ]);
  });

  it.each([
    ["a month that is over: its 30 days", 0, 30, 40, 30],
    ["a month of which 28 days have begun: those 28", 0, 30, 27.5, 28],
    ["a first activity in the middle of the period: the days since, with its own", 10, 30, 27.5, 18],
    ["a part of a day: the day", 0, 1.5, 40, 2],
    ["a period of less than a day: one day", 0, 0.1, 40, 1],
    ["no length at all: one day", 0, 0, 40, 1],
    ["a period that has not begun: one day", 0, 30, -5, 1],
    ["a negative length: one day", 0, -5, 40, 1],
  ])("divides sessions per day, for %s", (_, firstDay, endDay, today, days) => {
    const start = PERIOD.from + firstDay * DAY;
    const sessions = Array.from({ length: 90 }, () => session({ start, end: start + 60_000 }));
    const report = reportOf(sessions, {
      period: { from: PERIOD.from, to: PERIOD.from + endDay * DAY },
      now: PERIOD.from + today * DAY,
    });
    expect(report.userMetrics).toMatchObject([{ averageDailySessions: Math.round(9_000 / days) / 100 }]);
  });

  it("counts each user's days from its own first activity, whatever others did before, CI included", () => {
    const report = reportOf([session(), session({ ci: true, machineId: "runner", start: PERIOD.from - 2 * DAY })], {
      period: { from: undefined, to: PERIOD.from + 2 * DAY },
    });
    expect(report.userMetrics).toMatchObject([{ averageDailySessions: 0.5 }]);
    expect(report.generalMetrics.reportPeriod.from).toBeNull();
  });

  it("never shows more sessions per day than there were sessions", () => {
    const report = reportOf([session()], { period: { from: undefined, to: PERIOD.from + 60_001 } });
    expect(report.userMetrics).toMatchObject([{ averageDailySessions: 1 }]);
  });

  it("rounds means to two decimals", () => {
    const lengths = [1_000, 1_000, 3_000];
    const report = reportOf(lengths.map((length) => session({ end: PERIOD.from + length })));
    expect(report.userMetrics).toMatchObject([{ averageSessionDurationSeconds: 1.67, averageDailySessions: 0.27 }]);
  });

  it("takes no notice of rows that a correction has emptied", () => {
    const emptied: UsageRow = { ...rowOf(session({ machineId: "gone", start: 0 })), sessions: 0, seconds: 0 };
    expect(buildUsageReport(reportInput([emptied]))).toEqual(reportOf([]));
  });

  it("stands without usage, operator, seat limit or known peak", () => {
    const report = reportOf([], {
      license: { maxSeats: null, type: "teams" },
      operator: undefined,
      peaks: null,
      period: { from: undefined, to: PERIOD.to },
    });
    expect(report).toEqual({
      generalMetrics: {
        totalLicenses: null,
        tier: "teams",
        primaryKey: "machine_id",
        activeUsers: 0,
        reportPeriod: { from: null, to: "2026-10-11T12:00:00.000Z" },
        operatorVersion: null,
        lastOperatorEvent: null,
      },
      allTimeMetrics: {
        totalSessionCount: 1_200,
        totalSessionTimeSeconds: 9_000_000,
        totalCiSessionCount: 34,
        totalPreviewCount: 5,
      },
      ciMetrics: {
        currentRunningSessions: 2,
        maxConcurrentCiSessions: null,
        totalCiSessions: 0,
        avgCiSessionDurationSeconds: 0,
      },
      previewMetrics: {
        currentRunningPreviews: 1,
        maxConcurrentPreviews: null,
        totalPreviews: 0,
        avgPreviewDurationSeconds: 0,
      },
      machineSessions: [],
      userMetrics: [],
      targetMetrics: [],
      activity: [],
    });
  });
});

/** Rows as a store may hold them: the sessions of an identity spread over shards, each summed. */
const sumInto = (entries: { session: EndedSession; shard: number }[]): UsageRow[] => {
  const rows = new Map<string, UsageRow>();
  for (const { session: each, shard } of entries) {
    const { start, end, ...identity } = each;
    const key = JSON.stringify([shard, ...Object.values(identity)]);
    const row = rows.get(key);
    rows.set(key, {
      ...identity,
      sessions: (row?.sessions ?? 0) + 1,
      seconds: (row?.seconds ?? 0) + secondsOf(each),
      firstStart: Math.min(row?.firstStart ?? start, start),
      lastEnd: Math.max(row?.lastEnd ?? end, end),
      ...(identity.kind === undefined ? {} : { buckets: addBuckets(row?.buckets, bucketsOf([secondsOf(each)])) }),
    });
  }
  return [...rows.values()];
};

const userOf = (each: EndedSession, primaryKey: PrimaryKey): string =>
  ({
    machine_id: each.machineId,
    username: each.kubernetesUsername,
    client_username: each.clientUsername,
    client_hostname: each.clientHostname,
    person: nameOf(each),
  })[primaryKey];

const nameOf = (each: EndedSession): string => each.kubernetesUsername || each.clientUsername || each.machineId;

/** The names of the session that ended last. */
const namesOf = (own: EndedSession[]) => {
  const [last] = own.toSorted((a, b) => b.end - a.end);
  if (last === undefined) throw new Error("a user has a session");
  const machine = [last.clientUsername, last.clientHostname].filter((part) => part !== "").join("@");
  return { displayName: nameOf(last), ...(machine === "" ? {} : { machine }) };
};

const groupsOf = (sessions: EndedSession[], names: (each: EndedSession) => (string | boolean)[]): EndedSession[][] => {
  const keys = [...new Set(sessions.map((each) => JSON.stringify(names(each))))];
  return keys.map((key) => sessions.filter((each) => JSON.stringify(names(each)) === key));
};

const timeOf = (sessions: EndedSession[]): number => sessions.reduce((sum, each) => sum + secondsOf(each), 0);
const firstOf = (sessions: EndedSession[]): number => Math.min(...sessions.map(({ start }) => start));
const lastOf = (sessions: EndedSession[]): number => Math.max(...sessions.map(({ end }) => end));
const iso = (time: number): string => new Date(time).toISOString();
const round = (value: number): number => Math.round(value * 100) / 100;

const inOrder = (seconds: [number, number], names: [string, string][]): number =>
  seconds[1] - seconds[0] || names.map(([a, b]) => (a === b ? 0 : a < b ? -1 : 1)).find((order) => order !== 0) || 0;

const recountUsers = (sessions: EndedSession[], primaryKey: PrimaryKey, from: number | undefined) => {
  const people = sessions.filter(({ ci }) => !ci);
  // From the later of `from` and the first activity's day to the day of the last moment before `to`, both included.
  const lastDay = Math.floor((PERIOD.to - 1) / DAY);
  const daysOf = (own: EndedSession[]) => lastDay - Math.floor(Math.max(from ?? 0, firstOf(own)) / DAY) + 1;
  return groupsOf(people, (each) => [userOf(each, primaryKey)])
    .map((own) => ({
      identifier: own.map((each) => userOf(each, primaryKey)).at(0) ?? "",
      ...namesOf(own),
      firstActive: iso(firstOf(own)),
      lastSeen: iso(lastOf(own)),
      totalSessionCount: own.length,
      totalSessionTimeSeconds: timeOf(own),
      averageSessionDurationSeconds: round(timeOf(own) / own.length),
      averageDailySessions: round(own.length / daysOf(own)),
    }))
    .sort((a, b) => inOrder([a.totalSessionTimeSeconds, b.totalSessionTimeSeconds], [[a.identifier, b.identifier]]));
};

const recountTargets = (sessions: EndedSession[], primaryKey: PrimaryKey) =>
  groupsOf(
    sessions.filter(({ ci }) => !ci),
    (each) => [each.namespace, each.targetKind, each.targetName],
  )
    .map((own) => ({
      namespace: own[0]?.namespace ?? "",
      kind: own[0]?.targetKind ?? "",
      name: own[0]?.targetName ?? "",
      totalSessionCount: own.length,
      totalSessionTimeSeconds: timeOf(own),
      uniqueUsers: new Set(own.map((each) => userOf(each, primaryKey))).size,
    }))
    .sort((a, b) =>
      inOrder(
        [a.totalSessionTimeSeconds, b.totalSessionTimeSeconds],
        [
          [a.namespace, b.namespace],
          [a.kind, b.kind],
          [a.name, b.name],
        ],
      ),
    );

const recountActivity = (sessions: EndedSession[], primaryKey: PrimaryKey) =>
  groupsOf(sessions, (each) => [
    ...[userOf(each, primaryKey), each.namespace, each.targetKind, each.targetName],
    kindOf(each),
  ])
    .map((own) => ({
      identifier: own.map((each) => userOf(each, primaryKey)).at(0) ?? "",
      namespace: own[0]?.namespace ?? "",
      kind: own[0]?.targetKind ?? "",
      name: own[0]?.targetName ?? "",
      ci: own[0]?.ci ?? false,
      sessionKind: own[0] === undefined ? "user" : kindOf(own[0]),
      firstActive: iso(firstOf(own)),
      lastSeen: iso(lastOf(own)),
      totalSessionCount: own.length,
      totalSessionTimeSeconds: timeOf(own),
    }))
    .sort((a, b) =>
      inOrder(
        [a.totalSessionTimeSeconds, b.totalSessionTimeSeconds],
        [
          [a.identifier, b.identifier],
          [a.namespace, b.namespace],
          [a.kind, b.kind],
          [a.name, b.name],
          [KINDS.indexOf(a.sessionKind), KINDS.indexOf(b.sessionKind)].map(String) as [string, string],
        ],
      ),
    );

const KINDS: string[] = ["user", "ci", "preview"];

const recountMachines = (sessions: EndedSession[]) => {
  const textsOf = ({ provider = "", pipeline = "", environment = "", trigger = "" }: EndedSession) => ({
    provider,
    pipeline,
    environment,
    trigger,
  });
  // The bounds of the buckets that durations up to 200 hours need, said again.
  const bounds = [10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800, 2_700, 3_600, 7_200];
  const longer = [14_400, 28_800, 86_400, 259_200, 604_800];
  const p95 = (own: EndedSession[]): number | null => {
    if (own.some(({ kind }) => kind === undefined)) return null;
    const sorted = own.map(secondsOf).sort((a, b) => a - b);
    const longest = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
    return [...bounds, ...longer].find((bound) => longest <= bound) ?? null;
  };
  return groupsOf(
    sessions.filter(({ ci }) => ci),
    (each) => [kindOf(each), ...Object.values(textsOf(each))],
  )
    .map((own) => ({
      kind: kindOf(own[0] as EndedSession),
      ...textsOf(own[0] as EndedSession),
      totalSessionCount: own.length,
      totalSessionTimeSeconds: timeOf(own),
      maxConcurrentSessions: null,
      averageSessionDurationSeconds: round(timeOf(own) / own.length),
      p95SessionDurationSeconds: p95(own),
    }))
    .sort((a, b) =>
      inOrder(
        [a.totalSessionTimeSeconds, b.totalSessionTimeSeconds],
        [
          [a.kind, b.kind],
          [a.provider, b.provider],
          [a.trigger, b.trigger],
        ],
      ),
    );
};
