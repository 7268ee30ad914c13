import type { Expression } from "../../../shared/store/table.ts";
import { type Requirement, type Tokens, tokensOf } from "./tokens.ts";
import { copied, MemoryValidation, type Stored, typeOf, type Value } from "./values.ts";

/** What an expression is worked out over: an item, and the names and values that came with it. */
export type Scope = { item: Stored | undefined; names: Readonly<Record<string, string>>; values: Stored };

/** An attribute's value or a value of the request; undefined where the item has no such attribute. */
export type Operand = (scope: Scope) => Value | undefined;

/** What an expression was read into, with what it needs of the request. */
export type Parsed<T> = { run: T; placeholders: readonly string[]; requirements: readonly Requirement[] };

/** Reads expressions of one kind, each text once. */
export const parser = <T>(parse: (tokens: Tokens) => T): ((expression: string) => Parsed<T>) => {
  const known = new Map<string, Parsed<T>>();
  return (expression) => {
    const cached = known.get(expression);
    if (cached !== undefined) return cached;
    const tokens = tokensOf(expression);
    const placeholders = expression.match(/[#:][A-Za-z0-9_]+/g) ?? [];
    const parsed = { run: parse(tokens), placeholders, requirements: tokens.requirements };
    known.set(expression, parsed);
    return parsed;
  };
};

export const attributeName = (name: string, { names }: Scope): string =>
  name.startsWith("#") ? (names[name] ?? name) : name;

export const operand = (tokens: Tokens): Operand => {
  const token = tokens.peek();
  if (!token?.startsWith(":")) {
    const name = tokens.name();
    return (scope) => scope.item?.[attributeName(name, scope)];
  }
  tokens.next();
  return ({ values }) => values[token];
};

/**
 * The scope of a write's expressions. As DynamoDB does, it refuses names and values that no expression uses, those that
 * one uses and nobody gave, and values of a type that cannot stand where they do.
 */
export const scopeOf = (
  item: Stored | undefined,
  expressions: readonly Expression[],
  parsed: readonly Parsed<unknown>[],
): Scope => {
  const names: Record<string, string> = {};
  const values: Record<string, Value> = {};
  for (const expression of expressions) {
    Object.assign(names, expression.names);
    for (const name in expression.values) {
      const value = expression.values[name];
      if (value !== undefined) values[name] = copied(value);
    }
  }
  requireSame(
    parsed.flatMap(({ placeholders }) => placeholders),
    [...Object.keys(names), ...Object.keys(values)],
  );
  for (const { requirements } of parsed)
    for (const { placeholder, types } of requirements)
      if (!types.includes(typeOf(values[placeholder] ?? null)))
        throw new MemoryValidation(`${placeholder} has to be one of ${types.join(" ")}`);
  return { item, names, values };
};

const requireSame = (used: readonly string[], given: readonly string[]): void => {
  for (const name of given) if (!used.includes(name)) throw new MemoryValidation(`${name} is used in no expression`);
  for (const name of used) if (!given.includes(name)) throw new MemoryValidation(`${name} is not defined`);
};
