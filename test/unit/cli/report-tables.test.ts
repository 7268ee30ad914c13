import { describe, expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import type { PrimaryKey } from "../../../shared/contract/responses.ts";
import { CliError } from "../../../tools/cli/exit.ts";
import { rangeOf } from "../../../tools/cli/range.ts";
import { reportFormat } from "../../../tools/cli/report-file.ts";
import {
  denialCsv,
  denialTable,
  errorCsv,
  errorTable,
  machineCsv,
  machineReportOf,
  machineTable,
  trendCsv,
  trendTable,
  usageTable,
} from "../../../tools/cli/report-tables.ts";

const { usageReport, usageTrends, errorReport, denialReport } = RESPONSE_EXAMPLES;

describe("reports on the screen", () => {
  it("show the contract's examples", () => {
    expect(usageTable(usageReport)).toContain(
      "ana@example.com  ana@laptop-7  45        1d 3h         36m   1.50          2026-11-30 17:40:00 UTC",
    );
    expect(
      trendTable(usageTrends)
        .split("\n")
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ["DAY", "SESSIONS", "SESSION TIME", "USERS", "NEW", "PEAK", "CI", "CI PEAK", "SEATS CLAIMED", "DENIALS"],
      ["2026-11-19", "41", "1d 30m", "9", "1", "7", "6", "2", "1", "0"],
      ["2026-11-20", "2", "1h 33m", "2", "0", "-", "0", "-", "1", "0"],
    ]);
    expect(errorTable(errorReport)).toContain("agent pod in namespace shop did not become ready");
    expect(denialTable(denialReport)).toContain("median 24, p95 26, peak 26");
  });
});

describe("machine sessions", () => {
  const row = {
    kind: "ci",
    provider: "github",
    pipeline: "=build",
    environment: "staging",
    trigger: "",
    totalSessionCount: 3,
    totalSessionTimeSeconds: 5_400,
    maxConcurrentSessions: null,
    averageSessionDurationSeconds: 1_800,
    p95SessionDurationSeconds: 3_600,
  } as const;
  const report = machineReportOf({ ...usageReport, machineSessions: [row] });

  it("are a row for each provider, pipeline, environment and trigger", () => {
    const [head = "", first = ""] = machineTable(report).split("\n");
    expect(head.split(/ {2,}/)).toEqual([
      ...["KIND", "PROVIDER", "PIPELINE", "ENVIRONMENT", "TRIGGER", "SESSIONS", "SESSION TIME", "PEAK", "MEAN", "P95"],
    ]);
    expect(first.split(/ {2,}/)).toEqual(["ci", "github", "=build", "staging", "-", "3", "1h 30m", "-", "30m", "1h"]);
    expect(machineTable({ ...report, machineSessions: [] })).toBe("No machine sessions ended in this period.");
  });

  it("are CSV in which no pipeline is a formula, and a figure that is not known is empty", () => {
    expect(machineCsv(report).split("\r\n")).toEqual([
      "kind,provider,pipeline,environment,trigger,totalSessionCount,totalSessionTimeSeconds,maxConcurrentSessions,averageSessionDurationSeconds,p95SessionDurationSeconds",
      `"ci","github","'=build","staging","",3,5400,,1800,3600`,
      "",
    ]);
  });
});

describe("the usage report on the screen", () => {
  const linesOf = (table: string) => table.split("\n").map((line) => line.replace(/ {2,}/g, "  "));
  const quiet = { ...usageReport, userMetrics: [], targetMetrics: [], activity: [] };

  it("sums what is in its period, and names what is of all time so", () => {
    expect(linesOf(usageTable(usageReport)).slice(0, 10)).toEqual([
      "period  2026-11-01 00:00:00 UTC to 2026-12-01 00:00:00 UTC",
      "seats  25",
      "active users  1",
      "sessions  45",
      "session time  1d 3h",
      "CI sessions  0",
      "all-time sessions  60",
      "all-time session time  1d 11h",
      "all-time CI sessions  12",
      "",
    ]);
    // Nobody worked in this period, though somebody did before.
    expect(linesOf(usageTable(quiet)).slice(3, 6)).toEqual(["sessions  0", "session time  0s", "CI sessions  0"]);
  });

  it("says no sum twice where its period is all time", () => {
    const reportPeriod = { from: null, to: "2026-12-01T00:00:00.000Z" };
    const table = usageTable({ ...usageReport, generalMetrics: { ...usageReport.generalMetrics, reportPeriod } });
    expect(table).toMatch(/^period +all time to 2026-12-01 00:00:00 UTC$/m);
    expect(table).not.toContain("all-time");
  });

  it("ends with the server's warnings", () => {
    const warnings = ["These users differ by upper and lower case only: Ada, ada"];
    expect(usageTable({ ...usageReport, warnings })).toMatch(/\n\nWarning: These users differ .*: Ada, ada$/);
    expect(usageTable({ ...usageReport, warnings: [] })).not.toContain("Warning");
  });

  it("calls a user by what it counts", () => {
    const headOf = (primaryKey: PrimaryKey) =>
      usageTable({ ...usageReport, generalMetrics: { ...usageReport.generalMetrics, primaryKey } }).split("\n")[10];
    expect(headOf("machine_id")).toMatch(/^MACHINE +NAME +SESSIONS +SESSION TIME +MEAN +SESSIONS\/DAY +LAST SEEN$/);
    expect(headOf("username")).toMatch(/^KUBERNETES USER +MACHINE +SESSIONS /);
    expect(headOf("person")).toMatch(/^PERSON +MACHINE +SESSIONS /);
  });
});

describe("reports as CSV", () => {
  it("carry the wire's values under the wire's names, nothing for null", () => {
    const [head, , last] = trendCsv(usageTrends).split("\r\n");
    expect(head).toMatch(/^date,sessionCount,.*,denials$/);
    expect(last).toBe('"2026-11-20",2,5580,0,0,2,0,,,1,0');
    expect(denialCsv(denialReport).split("\r\n")[1]).toContain('"ben@example.com","ben-laptop","ben",2,');
  });

  it("let nothing that an operator sent open as a formula", () => {
    const [entry] = errorReport.entries;
    const csv = errorCsv({ entries: [{ ...entry, error: '=HYPERLINK("http://x")' }], next: null });
    expect(csv).toContain(`,"'=HYPERLINK(""http://x"")",`);
  });
});

describe("where and when", () => {
  it.each([
    [{ file: "a.XLSX" }, "xlsx"],
    [{ file: "a.xlsx", format: "csv" }, "csv"],
    [{ format: "json" }, "json"],
    [{}, undefined],
  ])("a report's format is the one named, or the file's: %j", (options, format) => {
    expect(reportFormat(options, ["xlsx", "json", "csv"])).toBe(format);
  });

  it.each([[{ file: "report" }], [{ file: "report.pdf" }], [{ file: "a.json", format: "xml" }]])(
    "a format that a report does not come in is refused: %j",
    (options) => {
      expect(() => reportFormat(options, ["json", "csv"])).toThrow(CliError);
    },
  );

  it("days and months are meant in UTC, from their beginning", () => {
    expect(rangeOf({ from: "2026-11", to: "2026-11-20" })).toEqual({
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-11-20T00:00:00.000Z",
    });
    expect(rangeOf({ from: "2026-11-20T09:00:00+01:00" })).toEqual({ from: "2026-11-20T08:00:00.000Z" });
    expect(rangeOf({})).toEqual({});
  });

  it("times that are none are told all at once", () => {
    expect(() => rangeOf({ from: "2026-13", to: "2026-02-30" })).toThrow(/--from.*\n--to/);
  });
});
