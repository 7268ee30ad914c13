import { describe, expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { termRows, termsOf } from "../../../tools/cli/commands/license-shown.ts";
import { START, testLicense } from "../../support/license.ts";

const rowsOfFile = async (terms: Record<string, unknown>) => {
  const reading = readLicenseFile(await testLicense(terms));
  if (!reading.ok) throw new Error(reading.reason);
  return new Map(termRows(termsOf(reading.license, START), START));
};
const NAMES = ["edition", "modules", "max operators", "max requests per second"];

describe("a license that is shown", () => {
  const limits = { modules: ["governance", "base"], max_operators: 3, max_requests_per_second: null };

  it("has the terms of its edition, in the file as in the answer of the API", async () => {
    const { license } = RESPONSE_EXAMPLES.licenseGet;
    const ofAnswer = new Map(termRows({ ...license, edition: "community", ...limits }, START));
    for (const rows of [await rowsOfFile({ edition: "community", ...limits }), ofAnswer])
      expect(NAMES.map((name) => rows.get(name))).toEqual(["community", "base, governance", 3, "unlimited"]);
    expect((await rowsOfFile({ edition: "premium" })).get("modules")).toBe("all");
  });

  it("has none of them if it is plain", async () => {
    const rows = await rowsOfFile(limits);
    expect(NAMES.filter((name) => rows.has(name))).toEqual([]);
  });
});
