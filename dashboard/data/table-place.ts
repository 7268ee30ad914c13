import { useEffect, useRef, useState } from "preact/hooks";
import type { Sort } from "../model/arrange.ts";
import { readTablePlace, type TablePlace, withTablePlace } from "../model/table-place.ts";
import { useDashboard } from "./context.ts";

/** Browsers take an address no more often than some times a second, and nobody shares a word half typed. */
const WRITTEN_AFTER_MS = 400;

export type PlacedTable = TablePlace & { searchFor: (text: string) => void; sortBy: (sort: Sort) => void };

/** How a table is searched and sorted, which the address tells, so that a link leads to the same rows. */
export const useTablePlace = (table: string): PlacedTable => {
  const { place, goTo } = useDashboard();
  const linked = readTablePlace(place.rest, table);
  const [typed, setTyped] = useState<string>();
  const search = typed ?? linked.search;
  const write = useRef((_: TablePlace) => {});
  write.current = (next) => goTo({ rest: withTablePlace(place.rest, table, next) });
  useEffect(() => {
    if (typed === undefined) return undefined;
    const timer = setTimeout(() => {
      write.current({ ...linked, search: typed });
      setTyped(undefined);
    }, WRITTEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, place.rest]);
  return { ...linked, search, searchFor: setTyped, sortBy: (sort) => write.current({ search, sort }) };
};
