import ExcelJS from "exceljs";
import { beforeAll, describe, expect, it } from "vitest";
import { PRIMARY_KEYS } from "../../../shared/contract/primary-keys.ts";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer({ terms: { max_seats: 9 } });

// What spreadsheets take for a formula, a link or a command; names are printable, so tabs and line breaks never get in.
const FORMULAS = [
  '=HYPERLINK("http://x.example.com","click")',
  "=cmd|' /C calc'!A0",
  "+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)",
  " =1+1",
  "\u00a0=1+1",
  "＝1+1",
  '"=1+1',
  "'=1+1",
  '","=1+1","',
  ";=1+1",
];

beforeAll(async () => {
  const operator = operatorAt(server());
  await operator.registers({ cluster_name: FORMULAS[0] });
  const statuses: number[] = [];
  for (const [n, text] of FORMULAS.entries()) {
    const client = { id: `SHA256:${n}`, hostname: text, username: text, name: text, kubernetes_username: text };
    const target = { namespace: text, kind: text, name: text, container: text };
    statuses.push((await operator.starts(`s-${n}`, "ana", { client, target, key: text })).status);
  }
  expect(statuses.filter((status) => status === 201)).toHaveLength(9);
  expect(statuses.filter((status) => status === 403)).toHaveLength(FORMULAS.length - 9);
  server().clock.now += MINUTE_MS;
  for (const n of FORMULAS.keys()) await operator.ends(`s-${n}`);
});

const report = (format: string, primaryKey: string) =>
  server().call("GET", `/api/v1/reports/usage?format=${format}&primary_key=${primaryKey}`);

describe.each(PRIMARY_KEYS)("a usage report by %s, of users and targets named as formulas", (primaryKey) => {
  it("has no formula and no link in any cell of any sheet", async () => {
    const { bytes } = await report("xlsx", primaryKey);
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.load(new Uint8Array(bytes).buffer);
    const seen = new Set<string>();
    for (const sheet of workbook.worksheets)
      sheet.eachRow((row) =>
        row.eachCell((cell) => {
          expect(cell.formula, `${sheet.name}!${cell.address}`).toBeUndefined();
          expect(cell.hyperlink, `${sheet.name}!${cell.address}`).toBeUndefined();
          seen.add(cell.text);
        }),
      );
    // They are there, as they were: a name that is only left out would pass as well.
    for (const text of FORMULAS.slice(0, 9)) expect(seen).toContain(text);
    expect(workbook.worksheets.map(({ name }) => name)).toEqual(expect.arrayContaining(["Targets", "Denials"]));
  });

  it("has no field that opens as a formula, as CSV", async () => {
    const { text, headers } = await report("csv", primaryKey);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(headers["content-disposition"]).toMatch(/^attachment; filename="[\w.-]+"$/);
    const fields = [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(
      ([, one, other]) => one ?? other,
    );
    expect(fields.length).toBeGreaterThan(60);
    for (const field of fields) expect(field).not.toMatch(/^\s*[=+\-@＝＋－＠\t\r]/);
  });
});
