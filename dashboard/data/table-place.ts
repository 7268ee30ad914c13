import { readTablePlace, type TablePlace, withTablePlace } from "../model/table-place.ts";
import type { Sort } from "../model/table-rows.ts";
import { useDashboard } from "./context.ts";
import { useDraft } from "./draft.ts";

export type PlacedTable = TablePlace & {
  searchFor: (text: string) => void;
  /** Nobody types in the search any more. */
  searched: () => void;
  sortBy: (sort: Sort) => void;
};

/** How a table is searched and sorted, which the address tells, so that a link leads to the same rows. */
export const useTablePlace = (table: string): PlacedTable => {
  const { place, goTo } = useDashboard();
  const { value, later, now, flush } = useDraft(readTablePlace(place.rest, table), (next) =>
    goTo({ rest: withTablePlace(place.rest, table, next) }),
  );
  return {
    ...value,
    searchFor: (search) => later({ ...value, search }),
    searched: flush,
    sortBy: (sort) => now({ ...value, sort }),
  };
};
