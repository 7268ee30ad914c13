import ExcelJS, { type Cell, type Worksheet } from "exceljs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DenialReport, UsageReport } from "../../../shared/contract/responses.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import type { UsageWorkbook } from "../../../shared/reports/workbook.ts";
import { writeUsageXlsx } from "../../../shared/reports/xlsx.ts";
import { runsOf } from "../../support/deep.ts";
import { bookOf, reportInput, userMetric } from "./usage-samples.ts";

const CREATED_AT = Date.parse("2026-10-11T12:00:01.999Z");
const DURATION = "[h]:mm:ss";
const DATE = "yyyy-mm-dd hh:mm:ss";

const reportWith = (users: Partial<UsageReport["userMetrics"][number]>[], over = {}): UsageReport => ({
  ...buildUsageReport(reportInput([], over)),
  userMetrics: users.map(userMetric),
});

describe("the usage report as a workbook", () => {
  it("has two sheets where there is nothing more to tell, each with a bold and frozen heading", async () => {
    const { workbook, general, users } = await open(reportWith([{}]));
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(["General", "Users"]);
    for (const sheet of [general, users]) {
      expect(sheet.views).toMatchObject([{ state: "frozen", ySplit: 1 }]);
      sheet.getRow(1).eachCell((cell) => expect(cell.font?.bold).toBe(true));
    }
    expect(users.getCell("A2").font?.bold).not.toBe(true);
  });

  it("lists users with real dates, durations and numbers, in the report's order", async () => {
    const { users } = await open(reportWith([{}, { identifier: "dev-2", totalSessionTimeSeconds: 3 }]));
    expect(rowOf(users, 1)).toEqual([
      "Identifier",
      "Name",
      "Machine",
      "First activity (UTC)",
      "Last seen (UTC)",
      "Sessions",
      "Total session time",
      "Mean session duration",
      "Mean daily sessions",
      "Without a seat",
    ]);
    const [identifier, name, machine, first, last, sessions, total, mean, daily] = cellsOf(users, 2);
    expect([identifier?.value, name?.value, machine?.value]).toEqual(["dev-1", "Dev One", "dev@laptop"]);
    expect(first).toMatchObject({ value: new Date("2026-10-01T08:00:00Z"), numFmt: DATE });
    expect(last).toMatchObject({ value: new Date("2026-10-11T11:00:00Z"), numFmt: DATE });
    expect(sessions).toMatchObject({ value: 4, type: ExcelJS.ValueType.Number });
    expect(secondsIn(total)).toBe(90_061);
    expect(secondsIn(mean)).toBe(22_515.25);
    expect(daily).toMatchObject({ value: 0.38, numFmt: "0.00" });
    expect(users.getCell("A3").value).toBe("dev-2");
    expect(users.rowCount).toBe(3);
  });

  it("filters the whole table of users", async () => {
    const { users } = await open(reportWith([{}, {}, {}]));
    expect(users.autoFilter).toBe("A1:J4");
  });

  it("makes columns wide enough for their heading, a date and the longest identifier", async () => {
    const identifier = "sha256:".padEnd(60, "0");
    const { general, users } = await open(reportWith([{ identifier }, {}]));
    expect(users.getColumn(1).width).toBeGreaterThan(60);
    for (const sheet of [general, users]) {
      for (const cell of cellsOf(sheet, 1)) {
        expect(sheet.getColumn(cell.col).width).toBeGreaterThan(String(cell.value).length);
        expect(sheet.getColumn(cell.col).width).toBeGreaterThan(DATE.length);
      }
    }
  });

  it("says everything general, with real dates and durations", async () => {
    const report = reportWith([]);
    const { general } = await open({
      ...report,
      ciMetrics: { ...report.ciMetrics, avgCiSessionDurationSeconds: 75.5 },
    });
    expect(valuesIn(general)).toEqual({
      "Licenses acquired": 25,
      "License tier": "enterprise",
      "Unique machines": 0,
      "Report period from (UTC)": new Date("2026-10-01T00:00:00Z"),
      "Report period to (UTC)": new Date("2026-10-11T12:00:00Z"),
      "Report created (UTC)": new Date("2026-10-11T12:00:01Z"),
      "Operator version": "3.140.0",
      "Last operator event (UTC)": new Date("2026-10-11T11:59:58Z"),
      "Sessions in period": 0,
      "Session time in period": "0 s",
      "Mean session duration": "0 s",
      "All-time sessions": 1_200,
      "All-time session time": "9000000 s",
      "All-time CI sessions": 34,
      "CI sessions running now": 2,
      "Most CI sessions at once": 7,
      "CI sessions in period": 0,
      "Mean CI session duration": "75.5 s",
      "All-time previews": 5,
      "Previews running now": 1,
      "Most previews at once": 3,
      "Previews in period": 0,
      "Mean preview duration": "0 s",
      "Denials in period": 0,
      "Denials from day (UTC)": new Date("2026-10-01"),
      "Denials through day (UTC)": new Date("2026-10-11"),
      "Users denied a seat": 0,
    });
  });

  it("shows the sums of the period beside those of all time", async () => {
    const report = reportWith([
      { totalSessionCount: 4, totalSessionTimeSeconds: 100 },
      { totalSessionCount: 1, totalSessionTimeSeconds: 25 },
    ]);
    expect(valuesIn((await open(report)).general)).toMatchObject({
      "Sessions in period": 5,
      "Session time in period": "125 s",
      "Mean session duration": "25 s",
      "All-time sessions": 1_200,
    });
  });

  it("says in words what is unlimited, open or unknown", async () => {
    const { general } = await open(
      reportWith([], {
        license: { maxSeats: null, type: "teams" },
        primaryKey: "username",
        period: { from: undefined, to: CREATED_AT },
        operator: undefined,
        peaks: null,
      }),
    );
    expect(valuesIn(general)).toMatchObject({
      "Licenses acquired": "unlimited",
      "Unique Kubernetes users": 0,
      "Report period from (UTC)": "first session",
      "Operator version": "unknown",
      "Last operator event (UTC)": "unknown",
      "Most CI sessions at once": "unknown",
    });
  });

  it.each([
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    "<b>&amp</b>",
    " padded ",
    "__proto__",
    "2026-01-01",
    "12345",
  ])("keeps a name verbatim and as text: %j", async (identifier) => {
    const { users } = await open(reportWith([{ identifier }]));
    const cell = users.getCell("A2");
    expect(cell).toMatchObject({ type: ExcelJS.ValueType.String, value: identifier, numFmt: "@" });
    expect(cell.formula).toBeUndefined();
  });

  it("opens whatever a name holds, and keeps all of it that XML and Excel can", async () => {
    const awkward = fc.constantFrom(
      "\u0000",
      "\r",
      "\u009f",
      "\ud800",
      "\udc00",
      "\uffff",
      "\u{1f600}",
      "_x0041_",
      "<",
      "&",
    );
    const unit = fc.oneof(awkward, fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
    const name = fc.string({ unit, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 20 }), async (names) => {
        const { users } = await open(reportWith(names.map((identifier) => ({ identifier }))));
        const read = names.map((_, index) => users.getCell(index + 2, 1).text);
        expect(read).toEqual(names.map(storable));
      }),
      { numRuns: runsOf(10) },
    );
  });

  it("cuts a name at what a cell holds, not within a character", async () => {
    const { users } = await open(
      reportWith([{ identifier: "x".repeat(40_000) }, { identifier: `${"x".repeat(32_766)}\u{1f600}` }]),
    );
    expect(users.getCell("A2").text).toHaveLength(32_767);
    expect(users.getCell("A3").text).toBe("x".repeat(32_766));
  });

  it.each(["1850-06-01T00:00:00.000Z", "1900-02-28T23:59:59.000Z", "+010000-01-01T04:59:59.000Z"])(
    "writes a moment that Excel has no date for as text: %s",
    async (firstActive) => {
      const { users } = await open(reportWith([{ firstActive }]));
      expect(users.getCell("D2")).toMatchObject({ type: ExcelJS.ValueType.String, value: firstActive });
    },
  );
});

const TARGETS = [
  {
    namespace: "shop",
    kind: "deployment",
    name: "=cart",
    uniqueUsers: 2,
    totalSessionCount: 3,
    totalSessionTimeSeconds: 90_000,
  },
  { namespace: "shop", kind: "pod", name: "pay", uniqueUsers: 1, totalSessionCount: 1, totalSessionTimeSeconds: 60 },
];

const QUIET_DAY = {
  date: "2026-10-01",
  sessionCount: 0,
  sessionTimeSeconds: 0,
  ciSessionCount: 0,
  ciSessionTimeSeconds: 0,
  previewCount: 0,
  previewTimeSeconds: 0,
  activeUsers: 0,
  newUsers: 0,
  maxConcurrentSessions: 0,
  maxConcurrentCiSessions: null,
  maxConcurrentPreviews: null,
  seatsClaimed: 0,
  denials: 0,
};
const BUSY_DAY = {
  ...QUIET_DAY,
  date: "2026-10-02",
  sessionCount: 5,
  sessionTimeSeconds: 100_000,
  ciSessionCount: 7,
  ciSessionTimeSeconds: 70,
  activeUsers: 4,
  newUsers: 1,
  maxConcurrentSessions: 3,
  seatsClaimed: 2,
  denials: 1,
};

const denial = (day: string, name: string, denials = 1): DenialReport["entries"][number] => ({
  day,
  seat_id: "hash",
  kubernetes_username: name,
  client_hostname: "host",
  client_username: "user",
  denials,
  first_at: `${day}T08:00:00.000Z`,
  last_at: `${day}T09:30:00.000Z`,
});

describe("the further sheets of the workbook", () => {
  const denials: DenialReport = {
    from: "2026-10-01T00:00:00.000Z",
    to: "2026-10-11T12:00:00.000Z",
    max_seats: 25,
    denials: 5,
    users: 3,
    seats_enough: { p50: 20, p95: 26, max: 27 },
    entries: [denial("2026-10-03", "eve"), denial("2026-10-02", "=ana"), denial("2026-10-02", "ben", 3)],
  };
  const whole = () => open({ ...reportWith([{}]), targetMetrics: TARGETS }, { trends: [QUIET_DAY, BUSY_DAY], denials });

  it("follow the first two, each with a bold, frozen heading, a filter and columns that fit", async () => {
    const { workbook } = await whole();
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(["General", "Users", "Targets", "Trends", "Denials"]);
    for (const sheet of workbook.worksheets.slice(2)) {
      expect(sheet.views).toMatchObject([{ state: "frozen", ySplit: 1 }]);
      for (const cell of cellsOf(sheet, 1)) {
        expect(cell.font?.bold).toBe(true);
        expect(sheet.getColumn(cell.col).width).toBeGreaterThan(String(cell.value).length);
      }
      expect(sheet.autoFilter).toMatch(new RegExp(`^A1:[A-Z]${sheet.rowCount}$`));
    }
  });

  it("are left out one by one where there is nothing to tell", async () => {
    const { workbook } = await open(reportWith([]), { trends: [QUIET_DAY] });
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(["General", "Users"]);
    const { workbook: other } = await open(reportWith([]), { trends: [QUIET_DAY], denials });
    expect(other.worksheets.map(({ name }) => name)).toEqual(["General", "Users", "Denials"]);
  });

  it("list targets in the report's order, with durations", async () => {
    const sheet = await sheetOf(whole(), "Targets");
    expect(rowOf(sheet, 1)).toEqual(["Namespace", "Kind", "Name", "Users", "Sessions", "Total session time"]);
    expect(rowOf(sheet, 2).slice(0, 5)).toEqual(["shop", "deployment", "=cart", 2, 3]);
    expect(secondsIn(sheet.getCell("F2"))).toBe(90_000);
    expect(sheet.getCell("C2")).toMatchObject({ type: ExcelJS.ValueType.String, numFmt: "@" });
    expect(sheet.rowCount).toBe(3);
  });

  it("list days as dates, the oldest first; a peak that is not known is an empty cell", async () => {
    const sheet = await sheetOf(whole(), "Trends");
    expect(sheet.getCell("A2")).toMatchObject({ value: new Date("2026-10-01"), numFmt: "yyyy-mm-dd" });
    const [day, sessions, time, ci, ciTime, ...others] = cellsOf(sheet, 3);
    expect(day?.value).toEqual(new Date("2026-10-02"));
    expect([sessions?.value, secondsIn(time), ci?.value, secondsIn(ciTime)]).toEqual([5, 100_000, 7, 70]);
    expect(others.slice(0, 6).map(({ value }) => value)).toEqual([4, 1, 3, null, 2, 1]);
  });

  it("list denials by day, and the most of a day first, no name of which is a formula", async () => {
    const sheet = await sheetOf(whole(), "Denials");
    expect(Array.from({ length: 3 }, (_, index) => rowOf(sheet, index + 2).slice(0, 2))).toEqual([
      [new Date("2026-10-02"), "ben"],
      [new Date("2026-10-02"), "=ana"],
      [new Date("2026-10-03"), "eve"],
    ]);
    expect(sheet.getCell("B3").formula).toBeUndefined();
    expect(rowOf(sheet, 2).slice(2)).toEqual([
      "host",
      "user",
      3,
      new Date("2026-10-02T08:00:00Z"),
      new Date("2026-10-02T09:30:00Z"),
    ]);
  });

  it("list the seats of each closed day; what is not known is an empty cell, and never a zero", async () => {
    const known = {
      ...{ date: "2026-10-02", held: 7, max_seats: null, overage: 0, denials: 2, active_users: 5 },
      ...{ idle_7_days: 3, idle_14_days: 1, idle_30_days: 0, rebuilt: true },
    };
    const hole = {
      ...{ date: "2026-10-01", held: null, max_seats: null, overage: null, denials: null, active_users: null },
      ...{ idle_7_days: null, idle_14_days: null, idle_30_days: null, rebuilt: false },
    };
    const sheet = await sheetOf(open(reportWith([{}]), { seatHistory: [hole, known] }), "Seats history");
    expect(cellsOf(sheet, 2).map(({ value }) => value)).toEqual([
      ...[new Date("2026-10-01"), null, null, null, null, null, null, null, null, ""],
    ]);
    expect(cellsOf(sheet, 3).map(({ value }) => value)).toEqual([
      ...[new Date("2026-10-02"), 7, "unlimited", 0, 2, 5, 3, 1, 0, "yes"],
    ]);
    const { workbook } = await open(reportWith([{}]), { seatHistory: [hole] });
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(["General", "Users"]);
  });

  it("bring the seats that would have been enough to the first sheet", async () => {
    const { general } = await whole();
    expect(valuesIn(general)).toMatchObject({
      "Denials in period": 5,
      "Users denied a seat": 3,
      "Seats needed, median of days with use": 20,
      "Seats needed, 95th percentile": 26,
      "Seats needed at the peak": 27,
    });
  });
});

const sheetOf = async (opened: ReturnType<typeof open>, name: string): Promise<Worksheet> => {
  const sheet = (await opened).workbook.getWorksheet(name);
  if (sheet === undefined) throw new Error(`there is no sheet ${name}`);
  return sheet;
};

const open = async (report: UsageReport, over: Partial<UsageWorkbook> = {}) => {
  const workbook = new ExcelJS.Workbook();
  const bytes = await writeUsageXlsx(bookOf(report, over), CREATED_AT);
  await workbook.xlsx.load(new Uint8Array(bytes).buffer);
  const [general, users] = workbook.worksheets;
  if (general === undefined || users === undefined) throw new Error("a sheet is missing");
  return { workbook, general, users };
};

const cellsOf = (sheet: Worksheet, row: number): Cell[] =>
  Array.from({ length: sheet.columnCount }, (_, index) => sheet.getCell(row, index + 1));

const rowOf = (sheet: Worksheet, row: number) => cellsOf(sheet, row).map(({ value }) => value);

/** The seconds of a duration cell. The reader takes `[h]:mm:ss` for a date format, so the number is counted back. */
const secondsIn = (cell: Cell | undefined): number => {
  expect(cell?.numFmt).toBe(DURATION);
  if (!(cell?.value instanceof Date)) throw new Error("not a number cell");
  return (cell.value.getTime() - Date.UTC(1899, 11, 30)) / 1_000;
};

const valuesIn = (general: Worksheet) => {
  const rows = Array.from({ length: general.rowCount - 1 }, (_, index) => cellsOf(general, index + 2));
  return Object.fromEntries(
    rows.map(([label, value]) => [
      String(label?.value),
      value?.numFmt === DURATION ? `${secondsIn(value)} s` : value?.value,
    ]),
  );
};

/** The characters of XML 1.0 without the control characters that it allows. */
const storable = (text: string): string =>
  [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
      return !isControl && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join("");
