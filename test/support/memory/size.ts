import { MemoryValidation, type Stored, type Value } from "./values.ts";

/** DynamoDB's limit of one item (developer guide, "Quotas"): 400 KB, its attributes' names included. */
const MAX_ITEM_BYTES = 400 * 1024;

export const requireSmall = (item: Stored): void => {
  // No character takes more than three bytes a unit: the exact size is only looked at where that could be too much.
  if (sizeOf(item, (text) => text.length * 3) <= MAX_ITEM_BYTES) return;
  if (sizeOf(item, (text) => Buffer.byteLength(text)) > MAX_ITEM_BYTES)
    throw new MemoryValidation("Item size has exceeded the maximum allowed size");
};

/** The size of an item (developer guide, "DynamoDB item sizes and formats"). */
const sizeOf = (item: Stored, textSize: (text: string) => number): number => {
  let size = 0;
  for (const name in item) size += textSize(name) + valueSize(item[name] ?? null, textSize);
  return size;
};

const valueSize = (value: Value, textSize: (text: string) => number): number => {
  if (typeof value === "string") return textSize(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (typeof value !== "object" || value === null) return 1;
  if (!Array.isArray(value)) return 3 + Object.keys(value).length + sizeOf(value as Stored, textSize);
  return value.reduce<number>((sum, one: Value) => sum + 1 + valueSize(one, textSize), 3);
};
