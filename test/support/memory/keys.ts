import { type Key, TABLE } from "../../../shared/contract/keys.ts";
import { compareText, MemoryValidation, type Stored, type Value } from "./values.ts";

const MAX_PARTITION_BYTES = 2_048;
const MAX_SORT_BYTES = 1_024;
const { index } = TABLE;

export const nameOf = ({ pk, sk }: Key): string => `${pk}\0${sk}`;

export const keyOf = (item: Stored): Key => ({ pk: text(item["pk"]), sk: text(item["sk"]) });

/** The keys of the table and of its index are texts of a limited length, and never empty. */
export const requireKeys = (item: Stored): void => {
  requireKey(TABLE.partitionKey, item[TABLE.partitionKey] ?? null, MAX_PARTITION_BYTES);
  requireKey(TABLE.sortKey, item[TABLE.sortKey] ?? null, MAX_SORT_BYTES);
  requireIndexKey(index.partitionKey, item[index.partitionKey], MAX_PARTITION_BYTES);
  requireIndexKey(index.sortKey, item[index.sortKey], MAX_SORT_BYTES);
};

const requireIndexKey = (name: string, value: Value | undefined, maxBytes: number): void => {
  if (value !== undefined) requireKey(name, value, maxBytes);
};

const requireKey = (name: string, value: Value, maxBytes: number): void => {
  if (typeof value !== "string" || value === "") throw new MemoryValidation(`${name} must be a text that is not empty`);
  if (value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes)
    throw new MemoryValidation(`${name} is longer than ${maxBytes} bytes`);
};

/** Where an item stands in the index; only items with both of its keys are in it. */
export const indexGroup = (item: Stored | undefined): string | undefined => {
  const list = item?.[index.partitionKey];
  return typeof list === "string" && item?.[index.sortKey] !== undefined ? list : undefined;
};

export const bySortKey = (one: Stored, other: Stored): number => compareText(text(one["sk"]), text(other["sk"]));

/** DynamoDB promises no order among items of the same `at`; the keys make it one that repeats. */
export const byIndexSortKey = (one: Stored, other: Stored): number =>
  compareText(text(one["at"]), text(other["at"])) ||
  compareText(text(one["pk"]), text(other["pk"])) ||
  bySortKey(one, other);

/** The key that a page goes on from. */
export const startKeyOf = (item: Stored, ofIndex: boolean): Stored => {
  const { pk, sk } = keyOf(item);
  return ofIndex ? { pk, sk, list: text(item["list"]), at: text(item["at"]) } : { pk, sk };
};

const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
