import { type Cell, textCell } from "./cells.ts";

/** A column: its heading, and the cell of a row. One with `nameOf` is made as wide as its longest name. */
export type Column<Row> = { heading: string; cellOf: (row: Row) => Cell; nameOf?: (row: Row) => string };

/** A sheet whose first row is a heading and each other row one of a list. */
export type TableSheet<Row> = { name: string; columns: readonly Column<Row>[]; rows: readonly Row[] };

/** A column of names, which people chose and which are any text. */
export const nameColumn = <Row>(heading: string, nameOf: (row: Row) => string): Column<Row> => ({
  heading,
  cellOf: (row) => textCell(nameOf(row)),
  nameOf,
});
