import ExcelJS from "exceljs";
import { beforeAll, describe, expect, it } from "vitest";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";

const NAMES = /ana|ben/;

describe.each([
  ["pseudonyms", { PSEUDONYMS_ONLY: "true" }, /^user-[0-9a-f]{12}$/],
  ["a part of every name taken out", { DISPLAY_NAME_STRIP: "^(ana|ben)|@example\\.com$" }, /.*/],
])("with %s", (_what, env, shape) => {
  const server = sharedServer({ env });
  const ask = (format: string) => server().call("GET", `/api/v1/reports/usage?format=${format}&primary_key=username`);

  beforeAll(async () => {
    const operator = operatorAt(server());
    await operator.registers();
    for (const user of ["ana", "ben"]) {
      await operator.starts(`s-${user}`, user);
      server().clock.now += 10 * MINUTE_MS;
      await operator.ends(`s-${user}`);
    }
  });

  it("every format shows the same names, none of them a true one, and two users stay two", async () => {
    const { json } = await ask("json");
    const shown: string[] = json.userMetrics.map(({ identifier }: { identifier: string }) => identifier);
    expect(shown).toHaveLength(2);
    for (const name of shown) {
      expect(name).toMatch(shape);
      if ("PSEUDONYMS_ONLY" in env) expect(name).not.toMatch(NAMES);
    }
    if ("PSEUDONYMS_ONLY" in env) expect(JSON.stringify(json)).not.toMatch(NAMES);
    expect(json.generalMetrics.activeUsers).toBe(2);
    expect(new Set(json.activity.map(({ identifier }: { identifier: string }) => identifier))).toEqual(new Set(shown));

    const { text } = await ask("csv");
    expect(
      text
        .split("\r\n")
        .slice(1, 3)
        .map((line) => line.split(",")[0]),
    ).toEqual(shown.map((name) => `"${name}"`));

    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.load(new Uint8Array((await ask("xlsx")).bytes).buffer);
    const users = workbook.getWorksheet("Users");
    expect([users?.getCell("A2").text, users?.getCell("A3").text]).toEqual(shown);
  });
});
