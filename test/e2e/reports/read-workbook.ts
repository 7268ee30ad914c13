import ExcelJS from "exceljs";
import type { Answer } from "../../support/app.ts";

/** A workbook as a spreadsheet user's program reads it. */
export const openWorkbook = async ({ bytes }: Answer): Promise<ExcelJS.Workbook> => {
  const book = new ExcelJS.Workbook();
  await book.xlsx.load(Uint8Array.from(bytes).buffer);
  return book;
};

/** The rows of a sheet below its heading; none where there is no such sheet. */
export const rowsOf = (book: ExcelJS.Workbook, name: string): unknown[][] => {
  const rows: unknown[][] = [];
  book.getWorksheet(name)?.eachRow((row, number) => {
    // The cells of a row count from one.
    if (number > 1) rows.push((row.values as unknown[]).slice(1));
  });
  return rows;
};

export type Row = Readonly<Record<string, unknown>>;

/** The same, each cell under its column's heading; an empty cell is null. */
export const tableOf = (book: ExcelJS.Workbook, name: string): Row[] => {
  const headings = (book.getWorksheet(name)?.getRow(1).values as unknown[] | undefined)?.slice(1) ?? [];
  return rowsOf(book, name).map((cells) =>
    Object.fromEntries(headings.map((heading, place) => [String(heading), cells[place] ?? null])),
  );
};

/** The figures of the sheet *General*, by their labels. */
export const generalOf = (book: ExcelJS.Workbook): Row =>
  Object.fromEntries(rowsOf(book, "General").map(([label, value]) => [String(label), value]));

// A duration is a cell of days since the spreadsheet's day nought.
const DAY_NOUGHT = Date.UTC(1899, 11, 30);
export const duration = (seconds: number): Date => new Date(DAY_NOUGHT + seconds * 1_000);
export const secondsOf = (cell: unknown): number => (Number(cell) - DAY_NOUGHT) / 1_000;

/** Cells show whole seconds. */
export const wholeSeconds = (time: number): number => Math.floor(time / 1_000) * 1_000;
