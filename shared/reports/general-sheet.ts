import type { PrimaryKey } from "../contract/responses.ts";
import { dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import { type Cell, countCell, dateCell, dayCell, durationCell, textCell } from "./cells.ts";
import type { UsageWorkbook } from "./workbook.ts";

/** The *General* sheet below its heading: each row a label and its value. What is not known says so in words. */
export const generalRows = ({ report, denials }: UsageWorkbook, createdAt: EpochMs): GeneralRow[] => {
  const { generalMetrics: general, allTimeMetrics: allTime, ciMetrics: ci } = report;
  const { from, to } = general.reportPeriod;
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
    ...denialRows(denials),
  ];
};

type GeneralRow = [label: string, value: Cell];

// Denials count by whole days, none of which is to come: their range is not that of the report.
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
        ["Seats enough on half of the days", countCell(enough.p50)],
        ["Seats enough on 95 % of the days", countCell(enough.p95)],
        ["Seats enough on every day", countCell(enough.max)],
      ] satisfies GeneralRow[])),
];

const UNKNOWN = "unknown";

const USERS_LABEL: Record<PrimaryKey, string> = {
  machine_id: "Unique machines",
  username: "Unique Kubernetes users",
  client_username: "Unique client user names",
  client_hostname: "Unique client host names",
};
