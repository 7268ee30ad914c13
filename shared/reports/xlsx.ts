import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { AddWorksheetOptions, Worksheet } from "exceljs";
import WorkbookWriter from "exceljs/lib/stream/xlsx/workbook-writer.js";
import type { EpochMs } from "../contract/time.ts";
import { type Cell, headingCell } from "./cells.ts";
import { denialsSheet } from "./denials-sheet.ts";
import { generalRows } from "./general-sheet.ts";
import { machineSheet } from "./machine-sheet.ts";
import { hasSeatHistory, seatHistorySheet } from "./seat-history-sheet.ts";
import type { Column, TableSheet } from "./table-sheet.ts";
import { targetsSheet } from "./targets-sheet.ts";
import { hasTrends, trendsSheet } from "./trends-sheet.ts";
import { usersSheet } from "./users-sheet.ts";
import type { UsageWorkbook } from "./workbook.ts";

/**
 * The report as an Excel workbook: the sheets *General* and *Users*, then *Targets*, *Trends*, *Denials*,
 * *Machine sessions* and *Seats history* if they have rows. Dates are date cells in UTC, durations are number cells shown as
 * `[h]:mm:ss`. Rows are streamed: only their names stay in memory until the end.
 * @throws RangeError if a list has more rows than a sheet can hold (1,048,576)
 */
export const writeUsageXlsx = async (book: UsageWorkbook, createdAt: EpochMs): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  // Without shared strings exceljs writes text as the result of a formula: readers then trim blanks and leave escapes
  // undecoded.
  const workbook = new WorkbookWriter({ stream, useStyles: true, useSharedStrings: true });
  workbook.creator = workbook.lastModifiedBy = "mirrord license server";
  workbook.created = workbook.modified = new Date(createdAt);
  // A sheet is zipped only after the sheets before it are done. Until then it stays in memory.
  writeGeneralSheet(workbook.addWorksheet("General", SHEET), book, createdAt);
  await writeTable(workbook, usersSheet(book.report));
  if (book.report.targetMetrics.length > 0) await writeTable(workbook, targetsSheet(book.report));
  if (hasTrends(book.trends)) await writeTable(workbook, trendsSheet(book.trends));
  if (book.denials.entries.length > 0) await writeTable(workbook, denialsSheet(book.denials));
  if (book.report.machineSessions.length > 0) await writeTable(workbook, machineSheet(book.report));
  if (hasSeatHistory(book.seatHistory)) await writeTable(workbook, seatHistorySheet(book.seatHistory));
  await workbook.commit();
  return Buffer.concat(chunks);
};

const MAX_ROWS = 1_048_576;
/** The heading stays visible, and all columns print on one page. */
const SHEET: Partial<AddWorksheetOptions> = {
  views: [{ state: "frozen", ySplit: 1 }],
  pageSetup: { orientation: "landscape", fitToWidth: 1, fitToHeight: 0, printTitlesRow: "1:1" },
};
/** exceljs ignores back-pressure: after this many rows, yield so that the zip can catch up. */
const ROWS_BETWEEN_YIELDS = 500;

const writeGeneralSheet = (sheet: Worksheet, book: UsageWorkbook, createdAt: EpochMs): void => {
  const rows = generalRows(book, createdAt);
  sheet.columns = [
    { width: widthFor(rows.map(([label]) => label)) },
    { width: widthFor(rows.map(([, { value }]) => (typeof value === "string" ? value : ""))) },
  ];
  writeRow(sheet, [headingCell("Metric"), headingCell("Value")]);
  for (const [label, value] of rows) writeRow(sheet, [headingCell(label), value]);
  sheet.commit();
};

const writeTable = async <Row>(workbook: WorkbookWriter, { name, columns, rows }: TableSheet<Row>): Promise<void> => {
  if (rows.length >= MAX_ROWS) throw new RangeError(`more ${name} than an Excel sheet has rows`);
  const sheet = workbook.addWorksheet(name, SHEET);
  sheet.columns = columns.map((column) => ({ width: columnWidth(column, rows) }));
  sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: rows.length + 1, column: columns.length } };
  const cells = columns.map(({ heading }) => headingCell(heading));
  writeRow(sheet, cells);
  for (const [index, row] of rows.entries()) {
    for (const [place, { cellOf }] of columns.entries()) cells[place] = cellOf(row);
    writeRow(sheet, cells);
    if (index % ROWS_BETWEEN_YIELDS === 0) await setImmediate();
  }
  sheet.commit();
};

const writeRow = (sheet: Worksheet, cells: readonly Cell[]): void => {
  const row = sheet.addRow(cells.map(({ value }) => value));
  for (const [index, { style }] of cells.entries()) row.getCell(index + 1).style = style;
  row.commit();
};

const columnWidth = <Row>({ heading, nameOf }: Column<Row>, rows: readonly Row[]): number =>
  widthFor([heading, ...(nameOf === undefined ? [] : rows.map(nameOf))]);

/** Width in characters: the longest text and the filter's arrow, at least a date, at most what fits a screen. */
const widthFor = (texts: readonly string[]): number => {
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return Math.min(80, Math.max(22, longest + 4));
};
