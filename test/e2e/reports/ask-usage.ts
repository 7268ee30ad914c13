import { parse } from "csv-parse/sync";
import type { Workbook } from "exceljs";
import { expect } from "vitest";
import { expectSuccess } from "../../support/answers.ts";
import type { Answer, App } from "../../support/app.ts";
import { duration, generalOf, openWorkbook, rowsOf, secondsOf, tableOf, wholeSeconds } from "./read-workbook.ts";
import { expectTrendsSheet, type History } from "./trends-sheet.ts";
import { type ExpectedUsage, expectedUsage, type PrimaryKey, type Query } from "./usage-oracle.ts";

export const FORMATS = ["json", "csv", "xlsx"] as const;
export type Format = (typeof FORMATS)[number];

export type Asked = {
  format: Format;
  primaryKey: PrimaryKey;
  /** RFC 3339, in any zone. */
  from: string | undefined;
  to: string | undefined;
};

/** Asks for a usage report and asserts that everything in it that follows from sessions is as in the oracle's. */
export const expectUsage = async (app: App, asked: Asked, history: History): Promise<void> => {
  const { format, primaryKey } = asked;
  const bounds = (["from", "to"] as const).flatMap((name) => {
    const bound = asked[name];
    return bound === undefined ? [] : [`&${name}=${encodeURIComponent(bound)}`];
  });
  const path = `/api/v1/reports/usage?format=${format}&primary_key=${primaryKey}${bounds.join("")}`;
  const answer = await app.call("GET", path);
  expect(answer.status, `${path}: ${answer.text.slice(0, 500)}`).toBe(200);
  const query = { primaryKey, from: timeOf(asked.from), to: timeOf(asked.to), now: app.clock.now };
  await READ[format](answer, expectedUsage(history.settled, query, query.now), { ...query, history });
};

/** A time in RFC 3339 with a zone's offset, to the millisecond where there are any. */
export const inZone = (time: number, minutes: number): string => {
  const local = new Date(time + minutes * 60_000).toISOString().replace(".000", "").slice(0, -1);
  const two = (value: number): string => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return minutes === 0 ? `${local}Z` : `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
};

const timeOf = (bound: string | undefined): number | undefined =>
  bound === undefined ? undefined : Date.parse(bound.toUpperCase());

type Context = Query & { now: number; history: History };

const expectJson = (answer: Answer, expected: ExpectedUsage, { from, to, now, primaryKey }: Context): void => {
  const report = expectSuccess("usageReport", answer);
  expect(report.generalMetrics).toMatchObject({
    primaryKey,
    activeUsers: expected.users.size,
    reportPeriod: { from: from === undefined ? null : text(from), to: text(to ?? now) },
  });
  expect(report.allTimeMetrics).toEqual({
    totalSessionCount: expected.allTime.sessions,
    totalSessionTimeSeconds: expected.allTime.seconds,
    totalCiSessionCount: expected.allTime.ci,
    totalPreviewCount: 0,
  });
  expect(report.ciMetrics).toMatchObject({
    currentRunningSessions: expected.ci.running,
    totalCiSessions: expected.ci.sessions,
    avgCiSessionDurationSeconds: hundredths(expected.ci.meanSeconds),
  });
  const sums = (row: { totalSessionCount: number; totalSessionTimeSeconds: number }) => ({
    sessions: row.totalSessionCount,
    seconds: row.totalSessionTimeSeconds,
  });
  const span = (row: { firstActive: string; lastSeen: string }) => ({
    first: Date.parse(row.firstActive),
    last: Date.parse(row.lastSeen),
  });
  const users = report.userMetrics.map((row) => [
    row.identifier,
    { ...sums(row), ...span(row), meanSeconds: row.averageSessionDurationSeconds, daily: row.averageDailySessions },
  ]);
  expectRows(
    users,
    roundedUsers(expected, (user) => user),
  );
  const place = (row: { namespace: string; kind: string; name: string }) =>
    `${row.namespace} | ${row.kind} | ${row.name}`;
  expectRows(
    report.targetMetrics.map((row) => [place(row), { ...sums(row), users: row.uniqueUsers }]),
    expected.targets,
  );
  expectRows(
    report.activity.map((row) => [`${row.identifier} | ${place(row)} | ${row.ci}`, { ...sums(row), ...span(row) }]),
    expected.activity,
  );
  const { machineSessions: machines } = report;
  expect(machines.reduce((sum, row) => sum + row.totalSessionCount, 0)).toBe(expected.ci.sessions);
};

const expectCsv = ({ text: csv }: Answer, expected: ExpectedUsage): void => {
  const [heading, ...rows] = parse(csv, { bom: true }) as string[][];
  expect(heading).toEqual([
    "identifier",
    "firstActive",
    "lastSeen",
    "totalSessionCount",
    "totalSessionTimeSeconds",
    "averageSessionDurationSeconds",
    "averageDailySessions",
    "displayName",
    "machine",
  ]);
  const users = rows.map(([identifier = "", first = "", last = "", sessions, seconds, meanSeconds, daily]) => [
    identifier.replace(/^'/, ""),
    {
      sessions: Number(sessions),
      seconds: Number(seconds),
      first: Date.parse(first),
      last: Date.parse(last),
      meanSeconds: Number(meanSeconds),
      daily: Number(daily),
    },
  ]);
  expectRows(
    users,
    roundedUsers(expected, (user) => user),
  );
  // A spreadsheet takes what begins so for a formula.
  for (const [identifier] of rows) expect(identifier).not.toMatch(/^[=+\-@\t\r]/);
};

const expectXlsx = async (answer: Answer, expected: ExpectedUsage, context: Context): Promise<void> => {
  const book = await openWorkbook(answer);
  const sheets = book.worksheets.map(({ name }) => name);
  expect(sheets).toEqual(SHEETS.filter((name) => sheets.includes(name)));
  const { from, to, now } = context;
  const general = generalOf(book);
  expect(general).toMatchObject({
    ...(from === undefined ? {} : { "Report period from (UTC)": new Date(wholeSeconds(from)) }),
    "Report period to (UTC)": new Date(wholeSeconds(to ?? now)),
    "All-time sessions": expected.allTime.sessions,
    "All-time session time": duration(expected.allTime.seconds),
    "All-time CI sessions": expected.allTime.ci,
    "CI sessions running now": expected.ci.running,
    "CI sessions in period": expected.ci.sessions,
    "Denials in period": 0,
  });
  expect(Object.values(general)).toContain(expected.users.size);
  expectUsersSheet(book, expected);
  expectTargetsSheet(book, expected);
  expectTrendsSheet(book, context.history, context);
  // Nobody was refused a seat.
  expect(sheets).not.toContain("Denials");
};

const SHEETS = ["General", "Users", "Targets", "Trends", "Denials", "Machine sessions", "Seats history"];

const expectUsersSheet = (book: Workbook, expected: ExpectedUsage): void => {
  const users = rowsOf(book, "Users").map(
    ([identifier, _name, _machine, first, last, sessions, seconds, meanSeconds, daily]) => [
      identifier,
      {
        sessions,
        seconds: secondsOf(seconds),
        first: Number(first),
        last: Number(last),
        meanSeconds: Math.round(secondsOf(meanSeconds)),
        daily,
      },
    ],
  );
  const whole = roundedUsers(expected, (user) => ({
    ...user,
    first: wholeSeconds(user.first),
    last: wholeSeconds(user.last),
    meanSeconds: Math.round(user.meanSeconds),
  }));
  expect(book.getWorksheet("Users")).toBeDefined();
  expectRows(users, whole);
};

const expectTargetsSheet = (book: Workbook, { targets }: ExpectedUsage): void => {
  expect(book.getWorksheet("Targets") !== undefined).toBe(targets.size > 0);
  const rows = tableOf(book, "Targets").map((row) => [
    `${row["Namespace"]} | ${row["Kind"]} | ${row["Name"]}`,
    { sessions: row["Sessions"], seconds: secondsOf(row["Total session time"]), users: row["Users"] },
  ]);
  expectRows(rows, targets);
};

const READ = { json: expectJson, csv: expectCsv, xlsx: expectXlsx };

/** Every row once, with the expected values; those of the longest time first. */
const expectRows = (rows: readonly (readonly unknown[])[], expected: ReadonlyMap<string, unknown>): void => {
  const byName = (list: readonly (readonly unknown[])[]) =>
    list.toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1));
  expect(byName(rows)).toEqual(byName([...expected]));
  const seconds = rows.map(([, row]) => (row as { seconds: number }).seconds);
  expect(seconds).toEqual(seconds.toSorted((one, other) => other - one));
};

type Users = ExpectedUsage["users"];
type User = Users extends Map<string, infer T> ? T : never;

const roundedUsers = ({ users }: ExpectedUsage, change: (user: User) => User): Users =>
  new Map(
    [...users].map(([name, user]): [string, User] => [
      name,
      change({ ...user, meanSeconds: hundredths(user.meanSeconds), daily: hundredths(user.daily) }),
    ]),
  );

const hundredths = (value: number): number => Math.round(value * 100) / 100;
const text = (time: number): string => new Date(time).toISOString();
