import fc from "fast-check";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { UsageReportInput } from "../../../shared/reports/usage-report.ts";
import type { UsageWorkbook } from "../../../shared/reports/workbook.ts";
import { bucketsOf } from "../../../shared/usage/duration-buckets.ts";
import type { UsageIdentity, UsageRow } from "../../../shared/usage/row.ts";

/** One ended session, as the truth that rows are summed from. */
export type EndedSession = UsageIdentity & { start: EpochMs; end: EpochMs };

export const PERIOD = { from: Date.parse("2026-10-01T00:00:00Z"), to: Date.parse("2026-10-11T12:00:00Z") };

const HOUR = 3_600_000;

const name = fc.constantFrom("a", "b", "ab", "", "1:a", "=1+1", "ü");

/** Sessions that ended in `PERIOD`, of few names each, so that groups form and names meet across fields. */
export const endedSession: fc.Arbitrary<EndedSession> = fc
  .record({
    machineId: name,
    kubernetesUsername: name,
    clientUsername: name,
    clientHostname: name,
    namespace: name,
    targetKind: fc.constantFrom("deployment", "pod"),
    targetName: name,
    run: fc.constantFrom<Partial<UsageIdentity> & { ci: boolean }>(
      { ci: false },
      // As earlier releases counted it: its run is not known.
      { ci: true },
      { ci: true, kind: "ci", provider: "github", pipeline: "", environment: "", trigger: "PR" },
      { ci: true, kind: "ci", provider: "", pipeline: "", environment: "", trigger: "" },
      { ci: true, kind: "preview", provider: "", pipeline: "", environment: "", trigger: "" },
    ),
    end: fc.integer({ min: PERIOD.from, max: PERIOD.to - 1 }),
    lengthMs: fc.oneof(fc.constant(0), fc.constant(2 * HOUR), fc.integer({ min: 0, max: 200 * HOUR })),
  })
  .map(({ lengthMs, run, ...session }) => ({ ...session, ...run, start: session.end - lengthMs }));

export const secondsOf = (session: EndedSession): number => Math.floor((session.end - session.start) / 1_000);

export const rowOf = ({ start, end, ...identity }: EndedSession): UsageRow => ({
  ...identity,
  sessions: 1,
  seconds: secondsOf({ ...identity, start, end }),
  firstStart: start,
  lastEnd: end,
  ...(identity.kind === undefined ? {} : { buckets: bucketsOf([secondsOf({ ...identity, start, end })]) }),
});

export const reportInput = (rows: Iterable<UsageRow>, over: Partial<UsageReportInput> = {}): UsageReportInput => ({
  rows,
  allTime: { sessions: 1_200, seconds: 9_000_000, ciSessions: 34, previewSessions: 5 },
  license: { maxSeats: 25, type: "enterprise" },
  primaryKey: "machine_id",
  period: PERIOD,
  now: PERIOD.to,
  running: { ci: 2, preview: 1 },
  peaks: { ci: 7, preview: 3 },
  runPeaks: new Map(),
  showTrigger: (trigger) => trigger,
  names: { person: (name) => name, machine: (name) => name, machineId: (id) => id },
  operator: { version: "3.140.0", lastEvent: Date.parse("2026-10-11T11:59:58.750Z") },
  show: (identifier) => identifier,
  ...over,
});

/** A workbook of a report and nothing else. */
export const bookOf = (report: UsageReport, over: Partial<UsageWorkbook> = {}): UsageWorkbook => ({
  report,
  trends: [],
  denials: {
    from: "2026-10-01T00:00:00.000Z",
    to: "2026-10-11T12:00:00.000Z",
    max_seats: 25,
    denials: 0,
    users: 0,
    seats_enough: null,
    entries: [],
  },
  seatHistory: [],
  ...over,
});

export const userMetric = (over: Partial<UsageReport["userMetrics"][number]> = {}) => ({
  identifier: "dev-1",
  displayName: "Dev One",
  machine: "dev@laptop",
  firstActive: "2026-10-01T08:00:00.000Z",
  lastSeen: "2026-10-11T11:00:00.000Z",
  totalSessionCount: 4,
  totalSessionTimeSeconds: 90_061,
  averageSessionDurationSeconds: 22_515.25,
  averageDailySessions: 0.38,
  ...over,
});
