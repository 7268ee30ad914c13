import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { writeUsageCsv } from "../../../shared/reports/csv.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import { reportInput, userMetric } from "./usage-samples.ts";

const reportOf = (identifiers: string[]): UsageReport => ({
  ...buildUsageReport(reportInput([])),
  userMetrics: identifiers.map((identifier) =>
    userMetric({ identifier, displayName: identifier, machine: identifier }),
  ),
});

describe("the usage report as CSV", () => {
  it("has a header, CRLF line ends and a line per user, named as in the JSON report", () => {
    expect(writeUsageCsv(reportOf(["dev-1", 'Zoë "Z", Ops']))).toBe(
      [
        "identifier,firstActive,lastSeen,totalSessionCount,totalSessionTimeSeconds,averageSessionDurationSeconds,averageDailySessions,displayName,machine",
        '"dev-1","2026-10-01T08:00:00.000Z","2026-10-11T11:00:00.000Z",4,90061,22515.25,0.38,"dev-1","dev-1"',
        '"Zoë ""Z"", Ops","2026-10-01T08:00:00.000Z","2026-10-11T11:00:00.000Z",4,90061,22515.25,0.38,"Zoë ""Z"", Ops","Zoë ""Z"", Ops"',
        "",
      ].join("\r\n"),
    );
  });

  it("is the header alone without users", () => {
    expect(writeUsageCsv(reportOf([]))).toMatch(/^identifier,[^\r\n]+\r\n$/);
  });

  it.each([
    '=HYPERLINK("http://x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\u0000=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
  ])("lets no name open as a formula: %j", (identifier) => {
    expect(namesIn(writeUsageCsv(reportOf([identifier])))).toEqual([`'${identifier}`]);
  });

  it("gives every name back once one leading apostrophe is taken away", () => {
    const name = fc.oneof(
      fc.string({ unit: fc.constantFrom("=", "+", "-", "@", "'", '"', ",", ";", " ", "\t", "\r", "\n", "a", "1") }),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), (names) => {
        const written = namesIn(writeUsageCsv(reportOf(names)));
        expect(written.map((each) => each.replace(/^'/, ""))).toEqual(names);
        for (const each of written) expect(each).not.toMatch(/^\s*[=+\-@]/);
      }),
    );
  });
});

/** The first field of every record but the header, read as RFC 4180 has it. The last two fields must equal it. */
const namesIn = (csv: string): string[] =>
  [...csv.matchAll(/"((?:[^"]|"")*)",("[^"]*"),("[^"]*"),[^"\r\n]*,"\1","\1"\r\n/g)].map(([, name = ""]) =>
    name.replaceAll('""', '"'),
  );
