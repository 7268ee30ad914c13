import type {
  DenialReport,
  ErrorReport,
  PrimaryKey,
  TrendDay,
  UsageReport,
  UsageTrends,
} from "../../shared/contract/responses.ts";
import { csvField } from "../../shared/reports/csv-field.ts";
import { type Cell, facts, table } from "./table.ts";
import { count, duration, moment, safe } from "./text.ts";

/** Reports as tables for the screen, and as CSV for a spreadsheet where the server writes none itself. */

export const usageTable = (report: UsageReport): string => {
  const { generalMetrics: general, userMetrics } = report;
  return [
    facts([
      ["period", `${beginOf(general.reportPeriod)} to ${moment(general.reportPeriod.to)}`],
      ["seats", general.totalLicenses ?? "unlimited"],
      ["active users", general.activeUsers],
      ...sums(report),
    ]),
    "",
    table(
      [...USER_HEADS[general.primaryKey], "Sessions", "Session time", "Mean", "Sessions/day", "Last seen"],
      userMetrics.map((user) => [
        user.identifier,
        (NAMED_BY_KEY.has(general.primaryKey) ? user.machine : user.displayName) ?? null,
        user.totalSessionCount,
        duration(user.totalSessionTimeSeconds),
        duration(user.averageSessionDurationSeconds),
        user.averageDailySessions.toFixed(2),
        moment(user.lastSeen),
      ]),
    ),
    ...(report.warnings ?? []).map((warning) => `\nWarning: ${safe(warning)}`),
  ].join("\n");
};

// Beside a person is the machine, beside a machine the person.
const USER_HEADS: Record<PrimaryKey, readonly [string, string]> = {
  machine_id: ["Machine", "Name"],
  username: ["Kubernetes user", "Machine"],
  client_username: ["Machine's user", "Name"],
  client_hostname: ["Host", "Name"],
  person: ["Person", "Machine"],
};
const NAMED_BY_KEY: ReadonlySet<PrimaryKey> = new Set(["username", "person"]);

const beginOf = ({ from }: UsageReport["generalMetrics"]["reportPeriod"]): string =>
  from === null ? "all time" : moment(from);

// The period's own sums are those of its users. Sums of all time would only repeat them where the period has no beginning.
const sums = ({ generalMetrics, allTimeMetrics: all, ciMetrics: ci, userMetrics }: UsageReport): [string, Cell][] => {
  const sum = (field: "totalSessionCount" | "totalSessionTimeSeconds") =>
    userMetrics.reduce((total, user) => total + user[field], 0);
  const ofPeriod: [string, Cell][] = [
    ["sessions", sum("totalSessionCount")],
    ["session time", duration(sum("totalSessionTimeSeconds"))],
    ["CI sessions", ci.totalCiSessions],
  ];
  if (generalMetrics.reportPeriod.from === null) return ofPeriod;
  return [
    ...ofPeriod,
    ["all-time sessions", all.totalSessionCount],
    ["all-time session time", duration(all.totalSessionTimeSeconds)],
    ["all-time CI sessions", all.totalCiSessionCount],
  ];
};

export const trendTable = ({ days }: UsageTrends): string =>
  table(
    ["Day", "Sessions", "Session time", "Users", "New", "Peak", "CI", "CI peak", "Seats claimed", "Denials"],
    days.map((each) => [
      each.date,
      each.sessionCount,
      duration(each.sessionTimeSeconds),
      each.activeUsers,
      each.newUsers,
      each.maxConcurrentSessions,
      each.ciSessionCount,
      each.maxConcurrentCiSessions,
      each.seatsClaimed,
      each.denials,
    ]),
  );

export const errorTable = ({ entries }: ErrorReport): string =>
  entries.length === 0
    ? "No operator errors in this period."
    : table(
        ["Time", "Operator", "Version", "Error"],
        entries.map((entry) => [moment(entry.timestamp), entry.instance_id, entry.operator_version, entry.error]),
      );

export const denialTable = (report: DenialReport): string =>
  [
    facts([
      ["period", `${moment(report.from)} to ${moment(report.to)}`],
      ["refused", `${count(report.denials, "session")} of ${count(report.users, "user")}`],
      ["seats now", report.max_seats ?? "unlimited"],
      ["seats needed", needed(report.seats_enough)],
    ]),
    ...(report.entries.length === 0
      ? []
      : [
          "",
          table(
            ["Day", "Kubernetes user", "Machine", "Refused", "First", "Last"],
            report.entries.map((entry) => [
              entry.day,
              entry.kubernetes_username,
              `${entry.client_username}@${entry.client_hostname}`,
              entry.denials,
              moment(entry.first_at),
              moment(entry.last_at),
            ]),
          ),
        ]),
  ].join("\n");

/** The part of the usage report on CI sessions and previews. */
export type MachineReport = Pick<UsageReport, "machineSessions"> & Pick<UsageReport["generalMetrics"], "reportPeriod">;

export const machineReportOf = ({ generalMetrics, machineSessions }: UsageReport): MachineReport => ({
  reportPeriod: generalMetrics.reportPeriod,
  machineSessions,
});

export const machineTable = ({ machineSessions }: MachineReport): string =>
  machineSessions.length === 0
    ? "No machine sessions ended in this period."
    : table(
        ["Kind", "Provider", "Pipeline", "Environment", "Trigger", "Sessions", "Session time", "Peak", "Mean", "p95"],
        machineSessions.map((row) => [
          row.kind,
          row.provider,
          row.pipeline,
          row.environment,
          row.trigger,
          row.totalSessionCount,
          duration(row.totalSessionTimeSeconds),
          row.maxConcurrentSessions,
          duration(row.averageSessionDurationSeconds),
          row.p95SessionDurationSeconds === null ? null : duration(row.p95SessionDurationSeconds),
        ]),
      );

const needed = (seats: DenialReport["seats_enough"]): string | null =>
  seats === null ? null : `median ${seats.p50}, p95 ${seats.p95}, peak ${seats.max}`;

/** Times in RFC 3339, seconds, names as the API has them; an empty field where it has null. RFC 4180. */
const csv = <Row extends object>(columns: readonly (keyof Row & string)[], rows: readonly Row[]): string => {
  const line = (row: Row) => columns.map((column) => fieldOf(row[column])).join(",");
  return [columns.join(","), ...rows.map(line), ""].join("\r\n");
};

const fieldOf = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  return csvField(typeof value === "number" ? value : String(value));
};

const TREND_COLUMNS = [
  "date",
  "sessionCount",
  "sessionTimeSeconds",
  "ciSessionCount",
  "ciSessionTimeSeconds",
  "activeUsers",
  "newUsers",
  "maxConcurrentSessions",
  "maxConcurrentCiSessions",
  "seatsClaimed",
  "denials",
] as const satisfies (keyof TrendDay)[];

export const trendCsv = ({ days }: UsageTrends): string => csv<TrendDay>(TREND_COLUMNS, days);

export const machineCsv = ({ machineSessions }: MachineReport): string =>
  csv<MachineReport["machineSessions"][number]>(
    [
      ...(["kind", "provider", "pipeline", "environment", "trigger", "totalSessionCount"] as const),
      ...(["totalSessionTimeSeconds", "maxConcurrentSessions", "averageSessionDurationSeconds"] as const),
      "p95SessionDurationSeconds",
    ],
    machineSessions,
  );

export const errorCsv = ({ entries }: ErrorReport): string =>
  csv<ErrorReport["entries"][number]>(
    ["timestamp", "error", "operator_version", "license_hash", "instance_id"],
    entries,
  );

export const denialCsv = ({ entries }: DenialReport): string =>
  csv<DenialReport["entries"][number]>(
    ["day", "seat_id", "kubernetes_username", "client_hostname", "client_username", "denials", "first_at", "last_at"],
    entries,
  );
