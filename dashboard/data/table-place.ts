import { readTablePlace, type TablePlace, withTablePlace } from "../model/table-place.ts";
import type { Sort } from "../model/table-rows.ts";
import { useDashboard } from "./context.ts";
import { useDraft } from "./draft.ts";

export type TableState = TablePlace & {
  searchFor: (text: string) => void;
  /** Writes the search to the address at once; call it when the field loses the focus. */
  flushSearch: () => void;
  sortBy: (sort: Sort) => void;
};

/** The search and sort order of a table. Both are in the address, so that a link shows the same rows. */
export const useTablePlace = (table: string): TableState => {
  const { place, goTo } = useDashboard();
  const { value, later, now, flush } = useDraft(readTablePlace(place.rest, table), (next) =>
    goTo({ rest: withTablePlace(place.rest, table, next) }),
  );
  return {
    ...value,
    searchFor: (search) => later({ ...value, search }),
    flushSearch: flush,
    sortBy: (sort) => now({ ...value, sort }),
  };
};
