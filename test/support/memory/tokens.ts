import { MemoryValidation, type ValueType } from "./values.ts";

const TOKEN = /\s*(?:([#:][A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*)|(<=|>=|<>|[=<>(),+-]))/y;

/** Of what type a value of the request has to be where it stands; DynamoDB looks at that before all else. */
export type Requirement = { placeholder: string; types: readonly ValueType[] };

/** The tokens of an expression, one after the other. What this table does not understand it refuses. */
export type Tokens = {
  /** The next token, in front of which the reading stands; undefined at the end. */
  peek(): string | undefined;
  next(): string | undefined;
  /** Whether the next token is this one, keywords in any case; it is taken then. */
  take(token: string): boolean;
  expect(token: string): void;
  /** A name: written out, or by its `#` placeholder. */
  name(): string;
  /** Notes that the next token, where it is a value of the request, has to be of one of these types. */
  require(...types: ValueType[]): void;
  readonly requirements: readonly Requirement[];
  fail(): never;
};

export const tokensOf = (expression: string): Tokens => {
  const tokens = split(expression);
  const requirements: Requirement[] = [];
  let place = 0;
  const fail = (): never => {
    throw new MemoryValidation(
      `the memory table does not understand "${expression}" at "${tokens[place] ?? "its end"}"`,
    );
  };
  const take = (token: string): boolean => {
    if (tokens[place]?.toUpperCase() !== token) return false;
    place += 1;
    return true;
  };
  return {
    peek: () => tokens[place],
    next() {
      place += 1;
      return tokens[place - 1];
    },
    take,
    expect: (token) => void (take(token) || fail()),
    name() {
      const token = tokens[place];
      if (token === undefined || !/^[#A-Za-z_]/.test(token) || KEYWORDS.has(token.toUpperCase())) return fail();
      place += 1;
      return token;
    },
    require(...types) {
      const token = tokens[place];
      if (token?.startsWith(":")) requirements.push({ placeholder: token, types });
    },
    requirements,
    fail,
  };
};

const KEYWORDS = new Set(["AND", "OR", "NOT", "SET", "ADD", "REMOVE", "DELETE", "BETWEEN", "IN"]);

const split = (expression: string): string[] => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(expression); match !== null; match = TOKEN.exec(expression)) {
    tokens.push(match[1] ?? match[2] ?? "");
    end = TOKEN.lastIndex;
  }
  if (expression.slice(end).trim() !== "")
    throw new MemoryValidation(
      `the memory table does not understand "${expression}" from "${expression.slice(end)}" on`,
    );
  return tokens;
};
