import { describe, expect, it } from "vitest";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import type { UsageRow } from "../../../shared/usage/row.ts";
import { differences } from "../../../tools/simulate/result/compare.ts";
import { createTruth, type Truth } from "../../../tools/simulate/truth.ts";
import { FRIDAY_NOON } from "./fake-server.ts";

const SESSIONS = [
  { machine: "a", target: "api", seconds: 10, ci: false },
  { machine: "b", target: "api", seconds: 20, ci: false },
  { machine: "r", target: "api", seconds: 30, ci: true },
];

const truthOf = (sessions: typeof SESSIONS): Truth => {
  const truth = createTruth();
  for (const { machine, target, seconds, ci } of sessions) {
    const client = { id: machine, hostname: machine, username: machine, kubernetes_username: machine };
    const start = {
      session_id: "s",
      instance_id: "o",
      started_at: new Date(FRIDAY_NOON).toISOString(),
      ci,
      client,
      target: { namespace: "shop", kind: "deployment", name: target },
    };
    truth.add(start, FRIDAY_NOON + seconds * 1_000);
  }
  return truth.read();
};

const reportOf = (sessions: typeof SESSIONS): UsageReport => {
  const people = sessions.filter(({ ci }) => !ci);
  return buildUsageReport({
    show: (identifier) => identifier,
    rows: sessions.map(
      ({ machine, target, seconds, ci }): UsageRow => ({
        machineId: machine,
        kubernetesUsername: machine,
        clientUsername: machine,
        clientHostname: machine,
        namespace: "shop",
        targetKind: "deployment",
        targetName: target,
        ci,
        sessions: 1,
        seconds,
        firstStart: FRIDAY_NOON,
        lastEnd: FRIDAY_NOON + seconds * 1_000,
      }),
    ),
    allTime: {
      sessions: people.length,
      seconds: people.reduce((sum, { seconds }) => sum + seconds, 0),
      ciSessions: sessions.length - people.length,
      previewSessions: 0,
    },
    license: { maxSeats: 5, type: "teams" },
    primaryKey: "machine_id",
    now: Date.parse("2026-11-30"),
    period: { from: undefined, to: FRIDAY_NOON + 60_000 },
    running: { ci: 0, preview: 0 },
    peaks: null,
    runPeaks: new Map(),
    showTrigger: (trigger) => trigger,
    names: { person: (name) => name, machine: (name) => name, machineId: (id) => id },
    operator: undefined,
  });
};

describe("the comparison of report and truth", () => {
  const truth = truthOf(SESSIONS);
  const report = reportOf(SESSIONS);

  it("finds nothing where they are equal", () => {
    expect(differences(truth, report)).toEqual([]);
  });

  it("adds what was sent to the baseline", () => {
    expect(differences(truth, reportOf([...SESSIONS, ...SESSIONS]), report)).toEqual([]);
    expect(differences(truth, report, report)).not.toEqual([]);
  });

  it.each<[string, (report: UsageReport) => unknown, RegExp]>([
    ["a user's time", (r) => spoil(r.userMetrics, { totalSessionTimeSeconds: 21 }), /^user b: sent 1 sessions of 20 s/],
    ["a user's last activity", (r) => spoil(r.userMetrics, { lastSeen: "2026-11-20T00:00:00Z" }), /^user b/],
    ["a missing user", (r) => r.userMetrics.pop(), /^user a: .*not in the report/],
    ["a user never sent", (r) => spoil(r.userMetrics, { identifier: "x" }), /^user x: never sent/],
    ["a target's users", (r) => spoil(r.targetMetrics, { uniqueUsers: 3 }), /^target/],
    ["CI among people's activity", (r) => spoil(r.activity, { ci: false }), /^activity/],
    ["the number of CI sessions", (r) => spoil([r.ciMetrics], { totalCiSessions: 0 }), /^ciMetrics/],
    ["the CI sessions of all time", (r) => spoil([r.allTimeMetrics], { totalCiSessionCount: 0 }), /^allTimeMetrics/],
    ["the time of all", (r) => spoil([r.allTimeMetrics], { totalSessionTimeSeconds: 60 }), /^allTimeMetrics/],
    ["the number of users", (r) => spoil([r.generalMetrics], { activeUsers: 3 }), /^generalMetrics/],
  ])("sees %s", (_what, change, expected) => {
    const spoilt = structuredClone(report);
    change(spoilt);
    const found = differences(truth, spoilt);
    expect(found.some((line) => expected.test(line))).toBe(true);
  });
});

const spoil = <T extends object>([first]: T[], fields: Partial<T>): void => {
  if (first === undefined) throw new Error("nothing to spoil");
  Object.assign(first, fields);
};
