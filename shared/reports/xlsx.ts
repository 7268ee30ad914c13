import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import ExcelJS, { type AddWorksheetOptions, type Worksheet } from "exceljs";
import type { UsageReport } from "../contract/responses.ts";
import type { EpochMs } from "../contract/time.ts";
import { type Cell, headingCell } from "./cells.ts";
import { generalRows } from "./general-sheet.ts";
import { USER_COLUMNS } from "./users-sheet.ts";

/**
 * The report as an Excel workbook of two sheets, *General* and *Users*: dates are date cells in UTC, durations are
 * number cells shown as `[h]:mm:ss`. Rows are streamed: of each user only the name is held until the end.
 * @throws RangeError where there are more users than a sheet has rows (1,048,576)
 */
export const writeUsageXlsx = async (report: UsageReport, createdAt: EpochMs): Promise<Buffer> => {
  if (report.userMetrics.length >= MAX_ROWS) throw new RangeError("more users than an Excel sheet has rows");
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  // Without shared strings exceljs writes text as the result of a formula, of which readers trim blanks and decode no
  // escapes.
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream, useStyles: true, useSharedStrings: true });
  workbook.creator = workbook.lastModifiedBy = "mirrord license server";
  workbook.created = workbook.modified = new Date(createdAt);
  // A sheet is zipped only when those before it are done: what waits, waits in memory.
  writeGeneralSheet(workbook.addWorksheet("General", SHEET), report, createdAt);
  await writeUsersSheet(workbook.addWorksheet("Users", SHEET), report);
  await workbook.commit();
  return Buffer.concat(chunks);
};

const MAX_ROWS = 1_048_576;
/** A heading that stays in sight, and on paper every column on one page. */
const SHEET: Partial<AddWorksheetOptions> = {
  views: [{ state: "frozen", ySplit: 1 }],
  pageSetup: { orientation: "landscape", fitToWidth: 1, fitToHeight: 0, printTitlesRow: "1:1" },
};
/** exceljs heeds no back-pressure: after so many rows the zip gets its turn. */
const ROWS_BETWEEN_YIELDS = 500;

const writeGeneralSheet = (sheet: Worksheet, report: UsageReport, createdAt: EpochMs): void => {
  const rows = generalRows(report, createdAt);
  sheet.columns = [
    { width: widthFor(rows.map(([label]) => label)) },
    { width: widthFor(rows.map(([, { value }]) => (typeof value === "string" ? value : ""))) },
  ];
  writeRow(sheet, [headingCell("Metric"), headingCell("Value")]);
  for (const [label, value] of rows) writeRow(sheet, [headingCell(label), value]);
  sheet.commit();
};

const writeUsersSheet = async (sheet: Worksheet, { userMetrics: users }: UsageReport): Promise<void> => {
  sheet.columns = USER_COLUMNS.map(({ heading }) => ({ width: widthFor([heading]) }));
  sheet.getColumn(1).width = widthFor(users.map(({ identifier }) => identifier));
  sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: users.length + 1, column: USER_COLUMNS.length } };
  writeRow(
    sheet,
    USER_COLUMNS.map(({ heading }) => headingCell(heading)),
  );
  for (const [index, user] of users.entries()) {
    writeRow(
      sheet,
      USER_COLUMNS.map(({ cellOf }) => cellOf(user)),
    );
    if (index % ROWS_BETWEEN_YIELDS === 0) await setImmediate();
  }
  sheet.commit();
};

const writeRow = (sheet: Worksheet, cells: readonly Cell[]): void => {
  const row = sheet.addRow(cells.map(({ value }) => value));
  for (const [index, { style }] of cells.entries()) row.getCell(index + 1).style = style;
  row.commit();
};

/** Characters for the longest text and the filter's arrow, at least for a date, at most for what a screen bears. */
const widthFor = (texts: readonly string[]): number => {
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return Math.min(80, Math.max(22, longest + 4));
};
