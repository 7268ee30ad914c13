/** What an attribute holds, as the document client gives it. Sets and bytes are in no item of ours. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** An item at rest: never changed, only replaced, so that its parts may be shared. */
export type Stored = { readonly [name: string]: Value };

/** A request that DynamoDB would refuse as wrong: a defect of ours, whatever the table holds. */
export class MemoryValidation extends Error {
  override readonly name = "ValidationException";
}

/** A copy with what the document client leaves out left out (undefined and functions, at any depth). */
export const copied = (value: unknown): Value => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return storable(value);
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) return value.filter(isStored).map(copied);
      return copiedRecord(value);
    default:
      throw new MemoryValidation(`no attribute holds a ${typeof value}`);
  }
};

export const copiedRecord = (record: object): Stored => {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null)
    throw new MemoryValidation(`no attribute holds a ${record.constructor.name}`);
  const copy: Record<string, Value> = {};
  for (const name in record) {
    const value: unknown = record[name as keyof typeof record];
    if (isStored(value)) copy[name] = copied(value);
  }
  return copy;
};

const isStored = (value: unknown): boolean => value !== undefined && typeof value !== "function";

/** DynamoDB counts in 38 decimal digits; past what both it and JavaScript hold exactly this table does not follow it. */
export const storable = (value: number): number => {
  if (!Number.isFinite(value)) throw new MemoryValidation(`${value} is no number to store`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new MemoryValidation(`${value} is beyond the safe integers`);
  return value + 0;
};

export type ValueType = "S" | "N" | "BOOL" | "NULL" | "L" | "M";

export const typeOf = (value: Value): ValueType => {
  if (value === null) return "NULL";
  if (Array.isArray(value)) return "L";
  const type = typeof value;
  return type === "string" ? "S" : type === "number" ? "N" : type === "boolean" ? "BOOL" : "M";
};

/** Equality of type and content, however deep. */
export const equal = (one: Value, other: Value): boolean => {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === others.length &&
    names.every((name) => {
      const [mine, yours] = [(one as Stored)[name], (other as Stored)[name]];
      return mine !== undefined && yours !== undefined && equal(mine, yours);
    })
  );
};

/** The order of DynamoDB's strings, that of their UTF-8 bytes, which is that of their code points. */
export const compareText = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place += 1) {
    const [a, b] = [one.charCodeAt(place), other.charCodeAt(place)];
    // A surrogate stands for a code point above all that one unit writes.
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return one.length - other.length;
};

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
