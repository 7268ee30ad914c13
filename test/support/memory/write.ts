import type { Key } from "../../../shared/contract/keys.ts";
import type { Expression, Write } from "../../../shared/store/table.ts";
import { parseCondition } from "./condition.ts";
import { keyOf, requireKeys } from "./keys.ts";
import { type Parsed, type Scope, scopeOf } from "./scope.ts";
import { requireSmall } from "./size.ts";
import { parseUpdate } from "./update.ts";
import { copiedRecord, MemoryValidation, type Stored } from "./values.ts";

/** A write looked at against the item that is there. */
export type Planned = {
  key: Key;
  before: Stored | undefined;
  /** Whether its condition holds. */
  holds: boolean;
  /** The item as it will be. To be asked only where the condition holds: it may still be refused as wrong. */
  after(): Stored | undefined;
};

/** Works out what a write does to the item of its key. */
export const planWrite = (write: Write, find: (key: Key) => Stored | undefined): Planned => {
  const put = write.kind === "put" ? copiedRecord(write.item) : undefined;
  const key = put === undefined ? keyOf(copiedRecord((write as Exclude<Write, { kind: "put" }>).key)) : keyOf(put);
  requireKeys(put ?? key);
  const before = find(key);
  const scope = writeScope(write, before);
  const holds = write.condition === undefined || parseCondition(write.condition.expression).run(scope);
  return { key, before, holds, after: () => afterOf(write, put, key, before, scope) };
};

const writeScope = (write: Write, before: Stored | undefined): Scope => {
  const expressions: Expression[] = [];
  const parsed: Parsed<unknown>[] = [];
  if (write.condition !== undefined) {
    expressions.push(write.condition);
    parsed.push(parseCondition(write.condition.expression));
  }
  if (write.kind === "update") {
    expressions.push(write.update);
    parsed.push(parseUpdate(write.update.expression));
  }
  return scopeOf(before, expressions, parsed);
};

const afterOf = (
  write: Write,
  put: Stored | undefined,
  key: Key,
  before: Stored | undefined,
  scope: Scope,
): Stored | undefined => {
  if (write.kind === "check") return before;
  if (write.kind === "delete") return undefined;
  const after = put ?? updated(write as Write & { kind: "update" }, key, before, scope);
  requireKeys(after);
  requireSmall(after);
  return after;
};

const updated = (write: Write & { kind: "update" }, key: Key, before: Stored | undefined, scope: Scope): Stored => {
  const after = parseUpdate(write.update.expression).run({ ...scope, item: before ?? { ...key } });
  if (after["pk"] !== key.pk || after["sk"] !== key.sk)
    throw new MemoryValidation("an update cannot change a part of the key");
  return after;
};
