import type { Sort } from "./table-rows.ts";

/** The search and sort order of a table; without a sort, the table uses its own default. */
export type TablePlace = { search: string; sort: Sort | undefined };

type Parameters = Readonly<Record<string, string>>;

/** Reads a table's search and sort from the address: `search.users=ana`, and `sort.users=-time` for descending. */
export const readTablePlace = (parameters: Parameters, table: string): TablePlace => {
  const sort = parameters[`sort.${table}`] ?? "";
  const column = sort.replace(/^-/, "");
  return {
    search: parameters[`search.${table}`] ?? "",
    sort: column === "" ? undefined : { column, direction: sort === column ? "ascending" : "descending" },
  };
};

/** The parameters with a table's search and sort added; empty values are left out. */
export const withTablePlace = (
  parameters: Parameters,
  table: string,
  { search, sort }: TablePlace,
): Record<string, string> => {
  const { [`search.${table}`]: _search, [`sort.${table}`]: _sort, ...others } = parameters;
  return {
    ...others,
    ...(search === "" ? {} : { [`search.${table}`]: search }),
    ...(sort === undefined ? {} : { [`sort.${table}`]: `${sort.direction === "descending" ? "-" : ""}${sort.column}` }),
  };
};
