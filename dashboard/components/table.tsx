import type { ComponentChildren } from "preact";
import { useId, useMemo, useState } from "preact/hooks";
import { useDashboard } from "../data/context.ts";
import { saveFile } from "../data/save-file.ts";
import { useTablePlace } from "../data/table-place.ts";
import { isolated } from "../model/format.ts";
import { type CsvColumn, tableCsv } from "../model/table-csv.ts";
import { type CellValue, pageOf, type Sort, searchRows, searchTexts, sortRows } from "../model/table-rows.ts";
import { Name } from "./basics.tsx";
import { Empty } from "./loaded.tsx";

/** Its `value` is for search, sort and CSV, and for display unless `show` is set. */
export type Column<Row> = CsvColumn<Row> & {
  show?: (row: Row) => ComponentChildren;
  numeric?: boolean;
  /** Texts may wrap when the table is narrow. */
  wrap?: boolean;
  /** Texts are whole sentences. */
  long?: boolean;
};

type TableProps<Row> = {
  /** The table's name in the address. */
  name: string;
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  sort?: Sort;
  /** The text shown without rows. */
  empty: string;
  searchable?: boolean;
  tools?: ComponentChildren;
};

const PAGE_SIZES = [10, 25, 50, 100] as const;
/** The most rows in a printed table; the report lists all of them. */
const PRINTED_ROWS = 100;

/**
 * A table with search, sort and pages. Only one page of rows is in the document. In print, a table shows its first 100 rows.
 */
export const Table = <Row,>(props: TableProps<Row>) => {
  const { caption, columns, rows, empty, searchable = true } = props;
  const { formats, printing } = useDashboard();
  const { search, searchFor, flushSearch, sortBy, ...linked } = useTablePlace(props.name);
  // An old link may name a column that no longer exists.
  const sort = columns.some(({ id }) => id === linked.sort?.column) ? linked.sort : props.sort;
  const [page, setPage] = useState(1);
  const [size, setSize] = useState<number>(10);
  const id = useId();
  const texts = useMemo(() => searchTexts(rows, columns), [rows]);
  const sorted = useMemo(() => {
    const order = new Map(rows.map((row, index) => [row, texts[index] ?? ""]));
    const arranged = sortRows(rows, columns, sort);
    return { rows: arranged, texts: arranged.map((row) => order.get(row) ?? "") };
  }, [rows, texts, sort?.column, sort?.direction]);
  const found = useMemo(() => searchRows(sorted.rows, sorted.texts, search), [sorted, search]);
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const shown = printing ? pageOf(found, 1, PRINTED_ROWS) : pageOf(found, page, size);
  const range =
    found.length === 0
      ? "No matching rows"
      : `${formats.number(shown.first)}–${formats.number(shown.first + shown.rows.length - 1)} of ${formats.number(found.length)}`;
  return (
    <div class="table">
      <div class="tools">
        {searchable && (
          <label class="search">
            <span class="visually-hidden">Search {caption}</span>
            <input
              type="search"
              placeholder="Search"
              value={search}
              onInput={(event) => {
                searchFor(event.currentTarget.value);
                setPage(1);
              }}
              onBlur={flushSearch}
            />
          </label>
        )}
        <div class="tools-end">
          {props.tools}
          <button
            type="button"
            class="small"
            onClick={() => saveFile(`${props.name}.csv`, "text/csv;charset=utf-8", tableCsv(found, columns))}
          >
            Download CSV<span class="visually-hidden"> of {caption}</span>
          </button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: a group is no landmark; the panel around it is one already */}
      <div class="scroll" role="group" tabIndex={0} aria-labelledby={`${id}-caption`}>
        <table>
          <caption id={`${id}-caption`} class="visually-hidden">
            {caption}
          </caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading
                  key={column.id}
                  column={column}
                  sort={sort}
                  onSort={(next) => {
                    sortBy(next);
                    setPage(1);
                  }}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.rows.map((row) => (
              <TableRow key={props.rowKey(row)} row={row} columns={columns} />
            ))}
          </tbody>
        </table>
      </div>
      <div class="pages">
        <span role="status">
          {range}
          {search !== "" && <span class="print-only">, search: {isolated(search)}</span>}
        </span>
        {found.length > PAGE_SIZES[0] && (
          <>
            <label>
              Rows per page{" "}
              <select
                value={size}
                onChange={(event) => {
                  const next = Number(event.currentTarget.value);
                  setSize(next);
                  // Keep the first row of the page visible.
                  setPage(Math.floor((shown.first - 1) / next) + 1);
                }}
              >
                {PAGE_SIZES.map((option) => (
                  <option key={option} value={option}>
                    {option}
                  </option>
                ))}
              </select>
            </label>
            <span class="pager">
              <PageButton
                to={shown.page - 1}
                of={shown.pages}
                onTurn={setPage}
                mark="‹"
                name={`Previous page of ${caption}`}
              />
              <span>
                {formats.number(shown.page)} / {formats.number(shown.pages)}
              </span>
              <PageButton
                to={shown.page + 1}
                of={shown.pages}
                onTurn={setPage}
                mark="›"
                name={`Next page of ${caption}`}
              />
            </span>
          </>
        )}
      </div>
    </div>
  );
};

type PageButtonProps = { to: number; of: number; onTurn: (page: number) => void; mark: string; name: string };

/** At the end it has no effect but is not disabled: a disabled button would lose the keyboard focus. */
const PageButton = ({ to, of, onTurn, mark, name }: PageButtonProps) => {
  const exists = to >= 1 && to <= of;
  return (
    <button type="button" class="small" aria-disabled={!exists} onClick={() => exists && onTurn(to)}>
      <span aria-hidden="true">{mark}</span>
      <span class="visually-hidden">{name}</span>
    </button>
  );
};

type HeadingProps<Row> = { column: Column<Row>; sort: Sort | undefined; onSort: (sort: Sort) => void };

const Heading = <Row,>({ column, sort, onSort }: HeadingProps<Row>) => {
  const className = classOf(column);
  if (column.actions === true)
    return (
      <th scope="col" class={className}>
        <span class="visually-hidden">{column.title}</span>
      </th>
    );
  const direction = sort?.column === column.id ? sort.direction : undefined;
  // The first click sorts numbers from the largest, names from A.
  const first = column.numeric === true ? "descending" : "ascending";
  const other = direction === "ascending" ? "descending" : "ascending";
  return (
    <th scope="col" class={className} aria-sort={direction ?? "none"}>
      <button
        type="button"
        class="sort"
        onClick={() => onSort({ column: column.id, direction: direction === undefined ? first : other })}
      >
        {column.title}
        <span class="arrow" aria-hidden="true">
          {direction === undefined ? "" : direction === "ascending" ? "▲" : "▼"}
        </span>
      </button>
    </th>
  );
};

const classOf = ({
  numeric,
  wrap,
  actions,
}: Pick<Column<never>, "numeric" | "wrap" | "actions">): string | undefined => {
  if (numeric === true) return "numeric";
  if (actions === true) return "row-actions";
  return wrap === true ? "wrap" : undefined;
};

const TableRow = <Row,>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) => (
  <tr>
    {columns.map((column, index) =>
      index === 0 ? (
        <th key={column.id} scope="row" class={classOf(column)}>
          <Cell row={row} column={column} />
        </th>
      ) : (
        <td key={column.id} class={classOf(column)}>
          <Cell row={row} column={column} />
        </td>
      ),
    )}
  </tr>
);

const Cell = <Row,>({ row, column }: { row: Row; column: Column<Row> }) => {
  const content = column.show?.(row) ?? nameOf(column.value(row));
  if (column.numeric === true || column.actions === true) return <>{content}</>;
  return <div class={column.long === true ? "text long" : "text"}>{content}</div>;
};

const nameOf = (value: CellValue): ComponentChildren =>
  typeof value === "string" ? <Name text={value} /> : (value ?? "–");
