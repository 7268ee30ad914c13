import type { Sort } from "./table-rows.ts";

/** How a table is searched and sorted; what is not said stands as the table itself has it. */
export type TablePlace = { search: string; sort: Sort | undefined };

type Parameters = Readonly<Record<string, string>>;

/** What the parameters of a place say of a table: `search.users=ana` and, from the largest down, `sort.users=-time`. */
export const readTablePlace = (parameters: Parameters, table: string): TablePlace => {
  const sort = parameters[`sort.${table}`] ?? "";
  const column = sort.replace(/^-/, "");
  return {
    search: parameters[`search.${table}`] ?? "",
    sort: column === "" ? undefined : { column, direction: sort === column ? "ascending" : "descending" },
  };
};

/** The parameters with a table's in them; what is empty is left out. */
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
