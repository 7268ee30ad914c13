import type { Key } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";

export type Item = Record<string, unknown>;

/** An expression in DynamoDB's syntax, with its names and values. */
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

/** `refused`: a condition was false; `found` is the stored item, if there is one. */
export type WriteOutcome =
  | { outcome: "written"; item: Item | undefined }
  | { outcome: "refused"; found: Item | undefined };

export type TransactOutcome =
  | { outcome: "committed" }
  /** The conditions that were false, by the index of their write in the transaction. */
  | { outcome: "refused"; refusals: ReadonlyMap<number, Item | undefined> }
  /** Another transaction used one of the items. Nothing is written; try again. */
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
 * The table. Every method succeeds completely or throws `StoreUnavailable`, after retries of throttles, time-outs and
 * conflicts of single writes.
 */
export type Table = {
  get(key: Key, options: { consistent: boolean }): Promise<Item | undefined>;
  /** The items that exist among these keys, in no order. */
  batchGet(keys: readonly Key[], options: { consistent: boolean }): Promise<Item[]>;
  /** All items of the query, from all its pages. */
  query(query: Query): Promise<Item[]>;
  /** One page: what DynamoDB returns in one call of at most `limit` items, and the key to continue from. */
  queryPage(query: Query): Promise<{ items: Item[]; next: Item | undefined }>;
  /** One write. An update returns the new item. */
  write(write: Exclude<Write, { kind: "check" }>): Promise<WriteOutcome>;
  /** All or none of at most 100 writes of different items. It does not retry: the caller retries conflicts. */
  transact(writes: readonly Write[]): Promise<TransactOutcome>;
  /** Puts items without conditions, until the deadline if there is one. Each succeeds or fails on its own. */
  batchPut(items: readonly (Key & Item)[], options?: { deadline?: EpochMs }): Promise<void>;
};

/** DynamoDB's own limit of items in a transaction (TransactWriteItems, API reference). */
export const MAX_TRANSACT_ITEMS = 100;

/** Contention, throttling or an outage lasted longer than the retries. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
