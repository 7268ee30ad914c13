import type { Key } from "../contract/keys.ts";

export type Item = Record<string, unknown>;

/** An expression with the names and values it uses, in DynamoDB's own syntax. */
export type Expression = {
  expression: string;
  names?: Record<string, string>;
  values?: Record<string, unknown>;
};

export type Write =
  | { kind: "put"; item: Key & Item; condition?: Expression }
  | { kind: "update"; key: Key; update: Expression; condition?: Expression }
  | { kind: "delete"; key: Key; condition?: Expression }
  | { kind: "check"; key: Key; condition: Expression };

/** `refused`: a condition did not hold; `found` is the item that stood in its way, if there is one. */
export type WriteOutcome =
  | { outcome: "written"; item: Item | undefined }
  | { outcome: "refused"; found: Item | undefined };

export type TransactOutcome =
  | { outcome: "committed" }
  /** Conditions that did not hold, by the place of their write in the transaction. */
  | { outcome: "refused"; refusals: ReadonlyMap<number, Item | undefined> }
  /** Another transaction was at one of the items: nothing is written, try again. */
  | { outcome: "conflict" };

export type Query = {
  partition: string;
  /** Reads the `list-at` index, where `partition` is the `list` and `range` is over `at`. */
  index?: boolean;
  range?: { prefix: string } | { from: string; to: string };
  consistent?: boolean;
  limit?: number;
  startKey?: Item | undefined;
};

/**
 * The one table. Every method either does all it says or throws a `StoreUnavailable`; throttles, time-outs and plain
 * write conflicts have been retried by then.
 */
export type Table = {
  get(key: Key, options: { consistent: boolean }): Promise<Item | undefined>;
  /** The items that exist among these keys, in no order. */
  batchGet(keys: readonly Key[], options: { consistent: boolean }): Promise<Item[]>;
  /** All items of the query, page after page. */
  query(query: Query): Promise<Item[]>;
  /** One page: what DynamoDB gives in one call of at most `limit` items, and the key to go on from. */
  queryPage(query: Query): Promise<{ items: Item[]; next: Item | undefined }>;
  /** One write. An update gives the item as it is after it. */
  write(write: Exclude<Write, { kind: "check" }>): Promise<WriteOutcome>;
  /** All or none of at most 100 writes, no item twice. One try: conflicts are the caller's to retry. */
  transact(writes: readonly Write[]): Promise<TransactOutcome>;
  /** Puts items without conditions, each on its own. */
  batchPut(items: readonly (Key & Item)[]): Promise<void>;
};

/** DynamoDB's own limit of items in a transaction (TransactWriteItems, API reference). */
export const MAX_TRANSACT_ITEMS = 100;

/** The table could not do it now: contention, throttling or an outage outlasted the retries. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
