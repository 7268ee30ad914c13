import type { DenialReport, ErrorReport, TrendDay, UsageReport, UsageTrends } from "../../shared/contract/responses.ts";
import { csvField } from "../../shared/reports/csv.ts";
import { facts, table } from "./table.ts";
import { duration, moment } from "./text.ts";

/** Reports as tables for the screen, and as CSV for a spreadsheet where the server writes none itself. */

export const usageTable = ({ generalMetrics: general, allTimeMetrics: all, userMetrics }: UsageReport): string =>
  [
    facts([
      [
        "period",
        `${general.reportPeriod.from === null ? "the beginning" : moment(general.reportPeriod.from)} to ${moment(general.reportPeriod.to)}`,
      ],
      ["licenses", general.totalLicenses ?? "unlimited"],
      ["active users", general.activeUsers],
      ["sessions", `${all.totalSessionCount}, and ${all.totalCiSessionCount} of CI`],
      ["session time", duration(all.totalSessionTimeSeconds)],
    ]),
    "",
    table(
      [general.primaryKey, "Sessions", "Session time", "Mean", "A day", "Last seen"],
      userMetrics.map((user) => [
        user.identifier,
        user.totalSessionCount,
        duration(user.totalSessionTimeSeconds),
        duration(user.averageSessionDurationSeconds),
        user.averageDailySessions.toFixed(2),
        moment(user.lastSeen),
      ]),
    ),
  ].join("\n");

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
    ? "no operator reported an error in this time"
    : table(
        ["Time", "Operator", "Version", "Error"],
        entries.map((entry) => [moment(entry.timestamp), entry.instance_id, entry.operator_version, entry.error]),
      );

export const denialTable = (report: DenialReport): string =>
  [
    facts([
      ["period", `${moment(report.from)} to ${moment(report.to)}`],
      ["refused", `${report.denials} sessions of ${report.users} users`],
      ["seats now", report.max_seats ?? "unlimited"],
      ["seats that would have been enough", enough(report.seats_enough)],
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

const enough = (seats: DenialReport["seats_enough"]): string | null =>
  seats === null ? null : `${seats.p50} on half of the days, ${seats.p95} on 95 %, ${seats.max} on all`;

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
