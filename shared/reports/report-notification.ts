import { formatTime } from "../contract/time.ts";
import type { Notification } from "../notices/notifier.ts";
import type { ReportLink } from "../store/report-store.ts";
import type { ReportPeriod } from "./report-period.ts";
import type { UsageWorkbook } from "./workbook.ts";

export type ReportMade = {
  book: UsageWorkbook;
  period: ReportPeriod;
  asOf: string;
  final: boolean;
  link: ReportLink;
  uris: { xlsx: string; json: string };
};

/** The message about a report: its links and its main figures. It contains nobody's name. */
export const reportNotification = ({ book, period, asOf, final, link, uris }: ReportMade): Notification => {
  const numbers = headlines(book);
  const { seats_used, seats_acquired, active_users, sessions, session_seconds, ci_sessions, denials } = numbers;
  const days = `${period.fromDay} to ${period.toDay}`;
  const text = [
    `mirrord usage, ${days} (the last day not included)${final ? "" : ", not final yet"}`,
    "",
    `Seats used / acquired: ${seats_used} / ${seats_acquired ?? "unlimited"}`,
    `Active users: ${active_users}`,
    `Sessions: ${sessions}`,
    `Session time: ${inHours(session_seconds)}`,
    `CI sessions: ${ci_sessions}`,
    `Denials: ${denials}`,
    "",
    `Spreadsheet: ${link.url}`,
    `  valid until ${formatTime(link.expiresAt)} at the latest; afterwards ${uris.xlsx}`,
    `JSON: ${uris.json}`,
    `As of ${asOf}`,
  ];
  const facts = {
    from: formatTime(period.from),
    to: formatTime(period.to),
    as_of: asOf,
    final,
    ...numbers,
    link: link.url,
    link_expires_at: formatTime(link.expiresAt),
    ...uris,
  };
  return { subject: `mirrord usage report, ${days}`, text: text.join("\n"), facts };
};

const headlines = ({ report, denials }: UsageWorkbook) => ({
  // An active user takes one seat: a machine or a Kubernetes user, by the license's tracking mode.
  seats_used: report.generalMetrics.activeUsers,
  seats_acquired: report.generalMetrics.totalLicenses,
  active_users: report.generalMetrics.activeUsers,
  sessions: sum(report.userMetrics.map((user) => user.totalSessionCount)),
  session_seconds: sum(report.userMetrics.map((user) => user.totalSessionTimeSeconds)),
  ci_sessions: report.ciMetrics.totalCiSessions,
  denials: denials.denials,
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const inHours = (seconds: number): string =>
  `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
