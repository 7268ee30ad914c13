import fc from "fast-check";
import type { Key } from "../../../shared/contract/keys.ts";
import type { Item, Query, Table, Write } from "../../../shared/store/table.ts";
import { condition, NAMES, stored, updateOf } from "./expressions.ts";

type Plain = Exclude<Write, { kind: "check" }>;

/** Random operations on a table: few keys, few attributes and few values, so that they meet. */
export type Operation =
  | { do: "write"; write: Plain }
  | { do: "transact"; writes: Write[] }
  | { do: "batchPut"; items: (Key & Item)[] }
  | { do: "get"; key: Key }
  | { do: "batchGet"; keys: Key[] }
  | { do: "query"; query: Query }
  | { do: "pages"; query: Query };

/** Partitions and lists begin with a mark, which `marked` makes another one for every run. */
export const operations = (): fc.Arbitrary<Operation> => {
  const partition = fc.constantFrom("@A", "@B");
  const list = fc.constantFrom("@L", "@M");
  const key = fc.record({ pk: partition, sk: fc.constantFrom("a", "ab", "b", "é", "\u{1f600}", "\ufffd") });
  const indexed = fc.oneof(
    { weight: 4, arbitrary: fc.record({ list, at: fc.constantFrom("1", "2", "21", "3") }) },
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ list }) },
  );
  const attributes = fc.record(Object.fromEntries(NAMES.map((one) => [one, stored])), { requiredKeys: [] });
  const itemWith = (index: fc.Arbitrary<Item>): fc.Arbitrary<Key & Item> =>
    fc.tuple(key, attributes, index).map(([one, others, more]) => ({ ...others, ...more, ...one }));
  const item = itemWith(indexed);
  // Outside of transactions only: which fault comes first there, theirs or a refused condition, is the engine's affair.
  const wrongItem = itemWith(fc.constantFrom<Item>({ list: 3 }, { list: "" }, { list: "@L", at: null }));
  const put = item.map((one): Plain => ({ kind: "put", item: one }));
  const wrongPut = wrongItem.map((one): Plain => ({ kind: "put", item: one }));
  const wrongUpdate = fc.tuple(key, condition).map(([of, one]): Plain => {
    const update = { expression: "ADD n :word", values: { ":word": "a" } };
    return { kind: "update", key: of, update, condition: one };
  });
  const update = fc.tuple(key, updateOf(list)).map(([of, one]): Plain => ({ kind: "update", key: of, update: one }));
  const remove = key.map((of): Plain => ({ kind: "delete", key: of }));
  const check = fc.record({ kind: fc.constant("check" as const), key, condition });
  const guarded = (writes: fc.Arbitrary<Plain>): fc.Arbitrary<Plain> =>
    fc
      .tuple(writes, fc.option(condition, { nil: undefined, freq: 2 }))
      .map(([write, one]) => (one === undefined ? write : { ...write, condition: one }));
  const write = guarded(
    fc.oneof({ weight: 3, arbitrary: put }, { weight: 4, arbitrary: update }, { weight: 2, arbitrary: remove }),
  );
  const range = fc.oneof(
    fc.constant(undefined),
    fc.record({ prefix: fc.constantFrom("a", "2", "é") }),
    fc.record({ from: fc.constantFrom("1", "2", "a"), to: fc.constantFrom("2", "21", "b", "\ufffd") }),
  );
  const query = fc
    .tuple(fc.boolean(), partition, list, range, fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }))
    .map(
      ([ofIndex, ofTable, inIndex, wanted, limit]): Query => ({
        partition: ofIndex ? inIndex : ofTable,
        index: ofIndex,
        consistent: !ofIndex,
        ...(wanted === undefined ? {} : { range: wanted }),
        ...(limit === undefined ? {} : { limit }),
      }),
    );
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant("write" as const), write }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("write" as const), write: fc.oneof(wrongPut, wrongUpdate) }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("transact" as const),
        // No item twice: engines differ in whether that or a refused condition is told first.
        writes: fc.uniqueArray(fc.oneof({ weight: 3, arbitrary: write }, { weight: 1, arbitrary: check }), {
          maxLength: 4,
          selector: (one) => nameOf(one.kind === "put" ? one.item : one.key),
        }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("batchPut" as const), items: fc.array(item, { maxLength: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("get" as const), key }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant("batchGet" as const), keys: fc.array(key, { maxLength: 4 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("query" as const), query }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("pages" as const), query }) },
  );
};

/** The same with another mark, so that many runs share one table. */
export const marked = <T>(value: T, mark: string): T => {
  if (typeof value === "string") return value.replace(/^@/, mark) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => marked(one, mark)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, marked(one, mark)])) as T;
};

/** Runs one operation and tells what came of it, in a form that two tables can be compared by. */
export const outcomeOf = async (table: Table, operation: Operation): Promise<unknown> => {
  try {
    return await run(table, operation);
  } catch (error) {
    // Which of several faults is told, and in which words, differs; that it is one must not.
    if (/Validation|Canceled|Cancelled/.test(String((error as Error).name))) return "refused as wrong";
    throw error;
  }
};

/** Runs one operation; throws as the table does. */
export const run = async (table: Table, operation: Operation): Promise<unknown> => {
  switch (operation.do) {
    case "write":
      return table.write(operation.write);
    case "transact": {
      const result = await table.transact(operation.writes);
      return result.outcome === "refused" ? { ...result, refusals: [...result.refusals] } : result;
    }
    case "batchPut":
      return table.batchPut(operation.items);
    case "get":
      return table.get(operation.key, { consistent: true });
    case "batchGet":
      return sorted(await table.batchGet(operation.keys, { consistent: true }));
    case "query":
      return inOrder(operation.query, await table.query(operation.query));
    case "pages":
      return pages(table, operation.query);
  }
};

const pages = async (table: Table, query: Query): Promise<unknown> => {
  const items: Item[] = [];
  const lengths: number[] = [];
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({ ...query, startKey });
    items.push(...page.items);
    // After a full last page there may be an empty one, or not: that is the engine's affair.
    if (page.items.length > 0) lengths.push(page.items.length);
    startKey = page.next;
  } while (startKey !== undefined);
  return { items: inOrder(query, items), lengths };
};

// Among items of the same `at` the index promises no order.
const inOrder = (query: Query, items: readonly Item[]): unknown =>
  query.index === true ? [items.map(({ at }) => at), sorted(items)] : items;

const sorted = (items: readonly Item[]): Item[] =>
  items.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));

const nameOf = ({ pk, sk }: Item): string => `${String(pk)}\0${String(sk)}`;

/** All that a run has left in a table. */
export const contentsOf = async (table: Table, mark: string): Promise<unknown> => ({
  table: [
    await table.query({ partition: `${mark}A`, consistent: true }),
    await table.query({ partition: `${mark}B`, consistent: true }),
  ],
  index: [
    sorted(await table.query({ partition: `${mark}L`, index: true })),
    sorted(await table.query({ partition: `${mark}M`, index: true })),
  ],
});
