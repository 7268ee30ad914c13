import type { PrimaryKey, UsageReport } from "../contract/responses.ts";
import { dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import { type Cell, countCell, dateCell, dayCell, durationCell, textCell } from "./cells.ts";
import type { UsageWorkbook } from "./workbook.ts";

/** The *General* sheet below its heading: each row is a label and its value. A value that is not known reads `unknown`. */
export const generalRows = ({ report, denials }: UsageWorkbook, createdAt: EpochMs): GeneralRow[] => {
  const { generalMetrics: general, allTimeMetrics: allTime, ciMetrics: ci } = report;
  const { from, to } = general.reportPeriod;
  const { sessions, seconds } = periodSums(report);
  return [
    ["Licenses acquired", general.totalLicenses === null ? textCell("unlimited") : countCell(general.totalLicenses)],
    ["License tier", textCell(general.tier)],
    [USERS_LABEL[general.primaryKey], countCell(general.activeUsers)],
    ["Report period from (UTC)", from === null ? textCell("first session") : dateCell(from)],
    ["Report period to (UTC)", dateCell(to)],
    ["Report created (UTC)", dateCell(formatTime(createdAt))],
    ["Operator version", textCell(general.operatorVersion ?? UNKNOWN)],
    [
      "Last operator event (UTC)",
      general.lastOperatorEvent === null ? textCell(UNKNOWN) : dateCell(general.lastOperatorEvent),
    ],
    ["Sessions in period", countCell(sessions)],
    ["Session time in period", durationCell(seconds)],
    ["Mean session duration", durationCell(sessions === 0 ? 0 : seconds / sessions)],
    ["All-time sessions", countCell(allTime.totalSessionCount)],
    ["All-time session time", durationCell(allTime.totalSessionTimeSeconds)],
    ["All-time CI sessions", countCell(allTime.totalCiSessionCount)],
    ["CI sessions running now", countCell(ci.currentRunningSessions)],
    [
      "Most CI sessions at once",
      ci.maxConcurrentCiSessions === null ? textCell(UNKNOWN) : countCell(ci.maxConcurrentCiSessions),
    ],
    ["CI sessions in period", countCell(ci.totalCiSessions)],
    ["Mean CI session duration", durationCell(ci.avgCiSessionDurationSeconds)],
    ...previewRows(report),
    ...denialRows(denials),
    ...(report.warnings ?? []).map((warning): GeneralRow => ["Warning", textCell(warning)]),
  ];
};

// Most servers have no previews.
const previewRows = ({ allTimeMetrics, previewMetrics: previews }: UsageReport): GeneralRow[] =>
  allTimeMetrics.totalPreviewCount + previews.currentRunningPreviews === 0
    ? []
    : [
        ["All-time previews", countCell(allTimeMetrics.totalPreviewCount)],
        ["Previews running now", countCell(previews.currentRunningPreviews)],
        [
          "Most previews at once",
          previews.maxConcurrentPreviews === null ? textCell(UNKNOWN) : countCell(previews.maxConcurrentPreviews),
        ],
        ["Previews in period", countCell(previews.totalPreviews)],
        ["Mean preview duration", durationCell(previews.avgPreviewDurationSeconds)],
      ];

type GeneralRow = [label: string, value: Cell];

/** What the users' own rows add up to. CI sessions are not in them. */
const periodSums = ({ userMetrics }: UsageReport): { sessions: number; seconds: number } => ({
  sessions: userMetrics.reduce((sum, user) => sum + user.totalSessionCount, 0),
  seconds: userMetrics.reduce((sum, user) => sum + user.totalSessionTimeSeconds, 0),
});

// Denials count by whole days up to today, so their range may differ from that of the report.
const denialRows = ({ from, to, denials, users, seats_enough: enough }: UsageWorkbook["denials"]): GeneralRow[] => [
  ["Denials in period", countCell(denials)],
  ...(from >= to
    ? []
    : ([
        ["Denials from day (UTC)", dayCell(dayOf(Date.parse(from)))],
        ["Denials through day (UTC)", dayCell(dayOf(Date.parse(to) - 1))],
      ] satisfies GeneralRow[])),
  ["Users denied a seat", countCell(users)],
  ...(enough === null
    ? []
    : ([
        ["Seats needed, median of days with use", countCell(enough.p50)],
        ["Seats needed, 95th percentile", countCell(enough.p95)],
        ["Seats needed at the peak", countCell(enough.max)],
      ] satisfies GeneralRow[])),
];

const UNKNOWN = "unknown";

const USERS_LABEL: Record<PrimaryKey, string> = {
  machine_id: "Unique machines",
  username: "Unique Kubernetes users",
  client_username: "Unique client user names",
  client_hostname: "Unique client host names",
  person: "Unique people",
};
