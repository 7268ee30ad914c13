/** The value of a cell, for search and sort. Null means no value and sorts last. */
export type CellValue = string | number | null;

export type Direction = "ascending" | "descending";
export type Sort = { column: string; direction: Direction };

export type ValueColumn<Row> = { id: string; value: (row: Row) => CellValue };

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Sorts rows by a column. The sort is stable; rows without a value come last in both directions. */
export const sortRows = <Row>(
  rows: readonly Row[],
  columns: readonly ValueColumn<Row>[],
  sort: Sort | undefined,
): readonly Row[] => {
  const column = columns.find(({ id }) => id === sort?.column);
  if (sort === undefined || column === undefined) return rows;
  const sign = sort.direction === "ascending" ? 1 : -1;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .sort((a, b) => compareValues(a.value, b.value, sign))
    .map(({ row }) => row);
};

const compareValues = (a: CellValue, b: CellValue, sign: 1 | -1): number => {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * collator.compare(String(a), String(b));
};

/** The search text of each row: its text cells, in lower case. */
export const searchTexts = <Row>(rows: readonly Row[], columns: readonly ValueColumn<Row>[]): string[] =>
  rows.map((row) =>
    columns
      .map(({ value }) => value(row))
      .filter((value) => typeof value === "string")
      .join("\n")
      .toLowerCase(),
  );

/** The rows whose search text contains every word of the search. */
export const searchRows = <Row>(rows: readonly Row[], texts: readonly string[], search: string): readonly Row[] => {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((_, index) => words.every((word) => texts[index]?.includes(word)));
};

/** One page of rows. A page number past the end gives the last page, because the number of rows can shrink. */
export const pageOf = <Row>(
  rows: readonly Row[],
  page: number,
  size: number,
): { rows: readonly Row[]; page: number; pages: number; first: number } => {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const shown = Math.min(Math.max(1, page), pages);
  const start = (shown - 1) * size;
  const slice = rows.slice(start, start + size);
  return { rows: slice, page: shown, pages, first: slice.length === 0 ? 0 : start + 1 };
};
