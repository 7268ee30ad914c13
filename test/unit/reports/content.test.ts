import { describe, expect, it } from "vitest";
import { csvContent, jsonContent, xlsxContent } from "../../../shared/reports/content.ts";
import { buildUsageReport } from "../../../shared/reports/usage-report.ts";
import { bookOf, PERIOD, reportInput } from "./usage-samples.ts";

const REPORT = buildUsageReport(reportInput([]));

describe("a rendered usage report", () => {
  it("is a zip archive as xlsx", async () => {
    const content = await xlsxContent(bookOf(REPORT), PERIOD.to);
    expect(content).toMatchObject({
      contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      fileName: "mirrord-usage_2026-10-01_2026-10-11.xlsx",
    });
    expect(Buffer.from(content.body).subarray(0, 4)).toEqual(Buffer.from("PK\u0003\u0004"));
  });

  it("is the report itself as json", () => {
    const content = jsonContent(REPORT);
    expect(content).toMatchObject({
      contentType: "application/json",
      fileName: "mirrord-usage_2026-10-01_2026-10-11.json",
    });
    expect(JSON.parse(String(content.body))).toEqual(REPORT);
  });

  it("is the table of users as csv", () => {
    const content = csvContent(REPORT);
    expect(content).toMatchObject({
      contentType: "text/csv; charset=utf-8; header=present",
      fileName: "mirrord-usage_2026-10-01_2026-10-11.csv",
    });
    expect(content.body).toMatch(/^identifier,/);
  });

  it("says so in its name where the period has no beginning", () => {
    const report = buildUsageReport(reportInput([], { period: { from: undefined, to: PERIOD.to } }));
    const { fileName } = csvContent(report);
    expect(fileName).toBe("mirrord-usage_all_2026-10-11.csv");
  });
});
