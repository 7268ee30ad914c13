import { type Cell, textCell } from "./cells.ts";

/** A column: its heading, and the cell of a row. A column with `nameOf` is as wide as its longest name. */
export type Column<Row> = { heading: string; cellOf: (row: Row) => Cell; nameOf?: (row: Row) => string };

/** A sheet: a heading row, then one row for each entry of a list. */
export type TableSheet<Row> = { name: string; columns: readonly Column<Row>[]; rows: readonly Row[] };

/** A column of names. People chose them, so they may be any text. */
export const nameColumn = <Row>(heading: string, nameOf: (row: Row) => string): Column<Row> => ({
  heading,
  cellOf: (row) => textCell(nameOf(row)),
  nameOf,
});
