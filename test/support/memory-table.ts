import { type Key, TABLE } from "../../shared/contract/keys.ts";
import { type Item, MAX_TRANSACT_ITEMS, type Query, type Table, type Write } from "../../shared/store/table.ts";
import { createGroups } from "./memory/groups.ts";
import { byIndexSortKey, bySortKey, indexGroup, keyOf, nameOf, requireKeys } from "./memory/keys.ts";
import { pageOf } from "./memory/query.ts";
import { copiedRecord, MemoryValidation, type Stored } from "./memory/values.ts";
import { type Planned, planWrite } from "./memory/write.ts";

/** What one committed write or transaction did to one item. Not to be changed: it is the table's own. */
export type Change = { key: Key; before: Stored | undefined; after: Stored | undefined };

export type MemoryTableOptions = {
  /** At most so many items in a page, as DynamoDB's pages end at 1 MB. */
  pageItems?: number;
  /** How many commits the index is behind the table. */
  indexLag?: number;
  /** Told of every commit, at the moment it has happened. */
  onCommit?: (changes: readonly Change[]) => void;
};

export type MemoryTable = Table & {
  /** Every item as it lies there, in no order. Not to be changed. */
  items(): Stored[];
  /** Time passes: the index shows all that was committed. */
  settle(): void;
  /** May be changed at any time. */
  readonly options: MemoryTableOptions;
};

const BATCH_GET_KEYS = 100;
const BATCH_WRITE_ITEMS = 25;

/**
 * The table in this process's memory, for tests that need many: conditions, updates, transactions, pages and the index
 * behave as DynamoDB's do. Every operation takes effect at the moment it is called. What it does not understand, and
 * what DynamoDB would refuse, it refuses with a `ValidationException`.
 */
export const createMemoryTable = (options: MemoryTableOptions = {}): MemoryTable => {
  const table = createGroups(bySortKey);
  const index = createGroups(byIndexSortKey);
  const behind: (readonly Change[])[] = [];

  const find = ({ pk, sk }: Key): Stored | undefined => table.get(pk, sk);

  const commit = (planned: readonly Planned[]): readonly (Stored | undefined)[] => {
    // All are worked out before any is done: a fault in one leaves nothing of the others.
    const changes = planned.map(({ key, before, after }): Change => ({ key, before, after: after() }));
    for (const { key, after } of changes) {
      if (after === undefined) table.delete(key.pk, key.sk);
      else table.set(key.pk, key.sk, after);
    }
    behind.push(changes);
    catchUp();
    options.onCommit?.(changes);
    return changes.map(({ after }) => after);
  };

  const catchUp = (lag = options.indexLag ?? 0): void => {
    while (behind.length > lag)
      for (const { key, before, after } of behind.shift() ?? []) {
        const [from, to] = [indexGroup(before), indexGroup(after)];
        if (from !== undefined && from !== to) index.delete(from, nameOf(key));
        if (to !== undefined && after !== undefined) index.set(to, nameOf(key), after);
      }
  };

  const readPage = (query: Query) => {
    catchUp();
    const ordered = (query.index === true ? index : table).list(query.partition);
    const { items, next } = pageOf(ordered, query, options.pageItems ?? Number.POSITIVE_INFINITY);
    return { items: items.map(copyOf), next: next && copyOf(next) };
  };

  return {
    options,
    items: () => [...table.all()],
    settle: () => catchUp(0),

    async get(key) {
      return optionalCopy(find(requiredKey(key)));
    },

    async batchGet(keys) {
      const items: Item[] = [];
      for (const batch of batches(keys, BATCH_GET_KEYS)) {
        requireDistinct(batch, "Provided list of item keys contains duplicates");
        // In no order, so not in the one that was asked for.
        for (const key of batch.toReversed()) {
          const item = find(requiredKey(key));
          if (item !== undefined) items.push(copyOf(item));
        }
      }
      return items;
    },

    async query(query) {
      const items: Item[] = [];
      let startKey = query.startKey;
      do {
        const page = readPage({ ...query, startKey });
        items.push(...page.items);
        startKey = page.next;
      } while (startKey !== undefined);
      return items;
    },

    queryPage: async (query) => readPage(query),

    async write(write) {
      const planned = planWrite(write, find);
      if (!planned.holds) return { outcome: "refused", found: optionalCopy(planned.before) };
      const [after] = commit([planned]);
      return { outcome: "written", item: write.kind === "update" ? optionalCopy(after) : undefined };
    },

    async transact(writes) {
      if (writes.length === 0 || writes.length > MAX_TRANSACT_ITEMS)
        throw new MemoryValidation(`a transaction has 1 to ${MAX_TRANSACT_ITEMS} writes, not ${writes.length}`);
      requireDistinct(writes.map(writtenKey), "Transaction request cannot include multiple operations on one item");
      const planned = writes.map((write) => planWrite(write, find));
      const refused = planned.flatMap(({ holds, before }, place) => (holds ? [] : [[place, before] as const]));
      if (refused.length > 0)
        return { outcome: "refused", refusals: new Map(refused.map(([place, item]) => [place, optionalCopy(item)])) };
      commit(planned.filter((_, place) => writes[place]?.kind !== "check"));
      return { outcome: "committed" };
    },

    async batchPut(items) {
      for (const batch of batches(items, BATCH_WRITE_ITEMS)) {
        requireDistinct(batch, "Provided list of item keys contains duplicates");
        const planned = batch.map((item) => planWrite({ kind: "put", item }, find));
        for (const one of planned) commit([one]);
      }
    },
  };
};

const copyOf = (item: Stored): Item => ({ ...copiedRecord(item) });

const optionalCopy = (item: Stored | undefined): Item | undefined => item && copyOf(item);

const requiredKey = (key: Key): Key => {
  requireKeys(copiedRecord(key));
  if (Object.keys(key).length !== 2)
    throw new MemoryValidation(`a key is ${TABLE.partitionKey} and ${TABLE.sortKey} alone`);
  return key;
};

const writtenKey = (write: Write): Key => (write.kind === "put" ? keyOf(copiedRecord(write.item)) : write.key);

const requireDistinct = (keys: readonly Key[], message: string): void => {
  if (new Set(keys.map(nameOf)).size !== keys.length) throw new MemoryValidation(message);
};

const batches = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, place) => all.slice(place * size, (place + 1) * size));
