import { attributeName, type Operand, operand, parser, type Scope } from "./scope.ts";
import type { Tokens } from "./tokens.ts";
import { compareText, equal, type Value } from "./values.ts";

/** Whether an item meets a condition. Both sides of AND and OR are worked out: a fault in either shows at once. */
export type Condition = (scope: Scope) => boolean;

const either = (tokens: Tokens): Condition => {
  let condition = both(tokens);
  while (tokens.take("OR")) {
    const [left, right] = [condition, both(tokens)];
    condition = (scope) => {
      const [a, b] = [left(scope), right(scope)];
      return a || b;
    };
  }
  return condition;
};

const both = (tokens: Tokens): Condition => {
  let condition = single(tokens);
  while (tokens.take("AND")) {
    const [left, right] = [condition, single(tokens)];
    condition = (scope) => {
      const [a, b] = [left(scope), right(scope)];
      return a && b;
    };
  }
  return condition;
};

const single = (tokens: Tokens): Condition => {
  if (tokens.take("NOT")) {
    const condition = single(tokens);
    return (scope) => !condition(scope);
  }
  if (tokens.take("(")) return parenthesised(tokens);
  if (tokens.take("ATTRIBUTE_NOT_EXISTS")) return existence(tokens, false);
  if (tokens.take("ATTRIBUTE_EXISTS")) return existence(tokens, true);
  if (tokens.take("BEGINS_WITH")) return beginsWith(tokens);
  if (tokens.take("CONTAINS")) return containing(tokens);
  return compared(tokens);
};

const compared = (tokens: Tokens): Condition => {
  const first = tokens.peek() ?? "";
  const left = tokens.take("SIZE") ? sizeOperand(tokens) : operand(tokens);
  const sign = tokens.next() ?? "";
  const comparison = COMPARISONS[sign] ?? tokens.fail();
  if (ORDERINGS.has(sign)) {
    // Nobody writes `:v < a`; its value would have to be looked at as well.
    if (first.startsWith(":")) tokens.fail();
    tokens.require("N", "S");
  }
  const right = operand(tokens);
  return (scope) => comparison(left(scope), right(scope));
};

// DynamoDB refuses `((a = b))` as redundant and takes `((a = b) OR c = d)`.
const inParentheses = new WeakSet<Condition>();

const parenthesised = (tokens: Tokens): Condition => {
  const condition = either(tokens);
  tokens.expect(")");
  if (inParentheses.has(condition)) return tokens.fail();
  inParentheses.add(condition);
  return condition;
};

const existence = (tokens: Tokens, wanted: boolean): Condition => {
  tokens.expect("(");
  const name = tokens.name();
  tokens.expect(")");
  return (scope) => (scope.item?.[attributeName(name, scope)] !== undefined) === wanted;
};

const beginsWith = (tokens: Tokens): Condition => {
  tokens.expect("(");
  const name = tokens.name();
  tokens.expect(",");
  tokens.require("S");
  const prefix = operand(tokens);
  tokens.expect(")");
  return (scope) => {
    const [value, start] = [scope.item?.[attributeName(name, scope)], prefix(scope)];
    return typeof value === "string" && typeof start === "string" && value.startsWith(start);
  };
};

const containing = (tokens: Tokens): Condition => {
  tokens.expect("(");
  const name = tokens.name();
  tokens.expect(",");
  const part = operand(tokens);
  tokens.expect(")");
  return (scope) => {
    const [whole, wanted] = [scope.item?.[attributeName(name, scope)], part(scope)];
    if (wanted === undefined) return false;
    if (typeof whole === "string") return typeof wanted === "string" && whole.includes(wanted);
    return Array.isArray(whole) && whole.some((one: Value) => equal(one, wanted));
  };
};

// Of what is neither text nor made of parts, there is no size that could be compared.
const sizeOperand = (tokens: Tokens): Operand => {
  tokens.expect("(");
  const name = tokens.name();
  tokens.expect(")");
  return (scope) => {
    const value = scope.item?.[attributeName(name, scope)];
    if (typeof value === "string") return value.length;
    return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
  };
};

type Comparison = (left: Value | undefined, right: Value | undefined) => boolean;

// An attribute that is not there equals nothing, not even another such, and stands in no order.
const same: Comparison = (left, right) => left !== undefined && right !== undefined && equal(left, right);

// Of different types, and without one of them, there is no order.
const ordered =
  (test: (order: number) => boolean): Comparison =>
  (left, right) => {
    if (typeof left === "number" && typeof right === "number") return test(left - right);
    if (typeof left === "string" && typeof right === "string") return test(compareText(left, right));
    return false;
  };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "=": same,
  "<>": (left, right) => !same(left, right),
  "<": ordered((order) => order < 0),
  "<=": ordered((order) => order <= 0),
  ">": ordered((order) => order > 0),
  ">=": ordered((order) => order >= 0),
};

const ORDERINGS = new Set(["<", "<=", ">", ">="]);

/** Reads a condition expression. */
export const parseCondition = parser((tokens) => {
  const condition = either(tokens);
  if (tokens.peek() !== undefined) tokens.fail();
  return condition;
});
