import { csvField } from "../../shared/reports/csv-field.ts";
import type { ValueColumn } from "./table-rows.ts";

export type CsvColumn<Row> = ValueColumn<Row> & {
  title: string;
  /** The unit of the value, if the table shows it in another form. */
  unit?: string;
  actions?: boolean;
};

/**
 * Rows of a table as CSV (RFC 4180: comma, CRLF, a header line), in the given order, with the cell writer of the reports. Values
 * are exact: durations in seconds, times in RFC 3339. An unknown value is an empty field. Columns of buttons are left out.
 */
export const tableCsv = <Row>(rows: readonly Row[], columns: readonly CsvColumn<Row>[]): string => {
  const written = columns.filter(({ actions }) => actions !== true);
  const header = written.map(({ title, unit }) => csvField(unit === undefined ? title : `${title} (${unit})`));
  const lines = rows.map((row) => written.map(({ value }) => csvField(value(row) ?? "")));
  return [header, ...lines].map((fields) => `${fields.join(",")}\r\n`).join("");
};
