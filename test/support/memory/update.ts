import { attributeName, type Operand, operand, parser, type Scope } from "./scope.ts";
import type { Tokens } from "./tokens.ts";
import { MemoryValidation, type Stored, storable, type Value } from "./values.ts";

/** What an update makes of one attribute; undefined removes it. Every part sees the item as it was before. */
type Part = { name: string; value: (scope: Scope, now: Value | undefined) => Value | undefined };

const sections = (tokens: Tokens): readonly Part[] => {
  const seen = new Set<string>();
  const parts: Part[] = [];
  while (tokens.peek() !== undefined) {
    const section = (tokens.next() ?? "").toUpperCase();
    const part = SECTIONS[section];
    if (part === undefined || seen.has(section)) return tokens.fail();
    seen.add(section);
    do parts.push(part(tokens));
    while (tokens.take(","));
  }
  return parts.length === 0 ? tokens.fail() : parts;
};

const assignment = (tokens: Tokens): Part => {
  const name = tokens.name();
  tokens.expect("=");
  const left = term(tokens);
  if (tokens.take("+")) return { name, value: arithmetic(left, term(tokens), 1) };
  if (tokens.take("-")) return { name, value: arithmetic(left, term(tokens), -1) };
  return { name, value: (scope) => present(left(scope)) };
};

const term = (tokens: Tokens): Operand => {
  if (tokens.take("LIST_APPEND")) return appended(tokens);
  if (!tokens.take("IF_NOT_EXISTS")) return operand(tokens);
  tokens.expect("(");
  const name = tokens.name();
  tokens.expect(",");
  const fallback = operand(tokens);
  tokens.expect(")");
  return (scope) => {
    const found = scope.item?.[attributeName(name, scope)];
    return found === undefined ? fallback(scope) : found;
  };
};

const appended = (tokens: Tokens): Operand => {
  tokens.expect("(");
  tokens.require("L");
  const front = term(tokens);
  tokens.expect(",");
  tokens.require("L");
  const back = term(tokens);
  tokens.expect(")");
  return (scope) => {
    const [one, other] = [present(front(scope)), present(back(scope))];
    if (isList(one) && isList(other)) return [...one, ...other];
    throw new MemoryValidation("list_append takes lists");
  };
};

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

const arithmetic =
  (left: Operand, right: Operand, sign: 1 | -1): Part["value"] =>
  (scope) =>
    sum(present(left(scope)), present(right(scope)), sign);

const removal = (tokens: Tokens): Part => ({ name: tokens.name(), value: () => undefined });

const addition = (tokens: Tokens): Part => {
  const name = tokens.name();
  tokens.require("N");
  const amount = operand(tokens);
  return { name, value: (scope, now) => sum(now === undefined ? 0 : now, present(amount(scope)), 1) };
};

const SECTIONS: Readonly<Record<string, (tokens: Tokens) => Part>> = {
  SET: assignment,
  REMOVE: removal,
  ADD: addition,
};

const present = (value: Value | undefined): Value => {
  if (value === undefined)
    throw new MemoryValidation("the provided expression refers to an attribute that does not exist in the item");
  return value;
};

const sum = (left: Value, right: Value, sign: 1 | -1): number => {
  if (typeof left !== "number" || typeof right !== "number")
    throw new MemoryValidation("an operand in the update expression has an incorrect data type");
  // DynamoDB adds decimals, in which 0.1 + 0.2 = 0.3.
  if (!Number.isInteger(left) || !Number.isInteger(right))
    throw new MemoryValidation("the memory table adds whole numbers only");
  return storable(left + sign * right);
};

/** Reads an update expression. */
export const parseUpdate = parser((tokens) => {
  const parts = sections(tokens);
  return (scope: Scope): Stored => applied(parts, scope);
});

const applied = (parts: readonly Part[], scope: Scope): Stored => {
  const item: Record<string, Value> = { ...scope.item };
  const written = new Set<string>();
  for (const part of parts) {
    const name = attributeName(part.name, scope);
    if (written.has(name)) throw new MemoryValidation(`two document paths overlap: ${name}`);
    written.add(name);
    const value = part.value(scope, scope.item?.[name]);
    if (value === undefined) delete item[name];
    else item[name] = value;
  }
  return item;
};
