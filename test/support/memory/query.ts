import { TABLE } from "../../../shared/contract/keys.ts";
import type { Query } from "../../../shared/store/table.ts";
import { byIndexSortKey, bySortKey, startKeyOf } from "./keys.ts";
import { compareText, copiedRecord, equal, MemoryValidation, type Stored } from "./values.ts";

export type Page = { items: readonly Stored[]; next: Stored | undefined };

/**
 * One page out of a partition's items in their order. A page that is full has a next one, even where nothing is left for
 * it, as in DynamoDB.
 */
export const pageOf = (ordered: readonly Stored[], query: Query, pageItems: number): Page => {
  const { limit, partition } = query;
  if (partition === "") throw new MemoryValidation("a query needs a partition");
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1))
    throw new MemoryValidation(`a limit of ${limit} is none`);
  const after = startKey(query);
  const isWanted = rangeTest(query);
  const most = Math.min(limit ?? pageItems, pageItems);
  const items: Stored[] = [];
  for (const item of ordered) {
    if (!isWanted(item) || (after !== undefined && compare(query)(item, after) <= 0)) continue;
    items.push(item);
    if (items.length === most) return { items, next: startKeyOf(item, query.index === true) };
  }
  return { items, next: undefined };
};

const compare = ({ index }: Query) => (index === true ? byIndexSortKey : bySortKey);

const startKey = (query: Query): Stored | undefined => {
  if (query.startKey === undefined) return undefined;
  const key = copiedRecord(query.startKey);
  const isOfPartition = (query.index === true ? key["list"] : key["pk"]) === query.partition;
  if (!isOfPartition || !equal(key, startKeyOf(key, query.index === true)))
    throw new MemoryValidation("the provided starting key is invalid");
  return key;
};

const rangeTest = ({ range, index }: Query): ((item: Stored) => boolean) => {
  if (range === undefined) return () => true;
  const name = index === true ? TABLE.index.sortKey : TABLE.sortKey;
  const sortKey = (item: Stored) => String(item[name]);
  if ("prefix" in range) return (item) => sortKey(item).startsWith(range.prefix);
  if (compareText(range.from, range.to) > 0) throw new MemoryValidation("BETWEEN wants its lower bound first");
  return (item) => compareText(sortKey(item), range.from) >= 0 && compareText(sortKey(item), range.to) <= 0;
};
