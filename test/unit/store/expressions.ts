import fc from "fast-check";
import type { Expression } from "../../../shared/store/table.ts";

export const NAMES = ["n", "s", "t"];
const number = fc.integer({ min: -2, max: 3 });
const word = fc.constantFrom("", "a", "ab", "é", "\ufffd", "\u{1f600}");
const scalar = fc.oneof(number, word);
/** What an attribute may hold, mostly what compares. */
export const stored = fc.oneof(
  { weight: 6, arbitrary: scalar },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      null,
      true,
      [1, "a"],
      { a: { b: null } },
      { gone: undefined, kept: [undefined] },
    ),
  },
);
const name = fc.constantFrom(...NAMES, "pk", "gone");

type Test = (values: Values) => string;

/** Gives out placeholders; two expressions of one write must not share them, so each has a letter of its own. */
class Values {
  readonly values: Record<string, unknown> = {};
  readonly names: Record<string, string> = {};
  private readonly letter: string;

  constructor(letter: string) {
    this.letter = letter;
  }

  value(value: unknown): string {
    const placeholder = `:${this.letter}${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  name(attribute: string): string {
    const placeholder = `#${this.letter}${Object.keys(this.names).length}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }
}

const { test } = fc.letrec<{ test: Test }>((tie) => ({
  test: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(name, fc.boolean()).map(
      ([of, exists]): Test =>
        () =>
          `attribute_${exists ? "" : "not_"}exists(${of})`,
    ),
    fc.tuple(name, fc.constantFrom("=", "<>"), stored).map(
      ([of, sign, other]): Test =>
        (values) =>
          `${values.name(of)} ${sign} ${values.value(other)}`,
    ),
    fc.tuple(name, fc.constantFrom("<", "<=", ">", ">="), scalar).map(
      ([of, sign, other]): Test =>
        (values) =>
          `${of} ${sign} ${values.value(other)}`,
    ),
    // DynamoDB refuses to compare an attribute with itself.
    fc.tuple(fc.uniqueArray(name, { minLength: 2, maxLength: 2 }), fc.constantFrom("=", "<>")).map(
      ([[of = "", other = ""], sign]): Test =>
        () =>
          `${of} ${sign} ${other}`,
    ),
    fc.tuple(name, word).map(
      ([of, prefix]): Test =>
        (values) =>
          `begins_with(${of}, ${values.value(prefix)})`,
    ),
    fc.tuple(name, fc.oneof(scalar, fc.constant(null))).map(
      ([of, part]): Test =>
        (values) =>
          `contains(${of}, ${values.value(part)})`,
    ),
    fc.tuple(name, fc.constantFrom("=", "<>", "<", ">="), number).map(
      ([of, sign, other]): Test =>
        (values) =>
          `size(${values.name(of)}) ${sign} ${values.value(other)}`,
    ),
    tie("test").map(
      (inner): Test =>
        (values) =>
          `NOT ${inner(values)}`,
    ),
    fc.tuple(tie("test"), fc.constantFrom("AND", "OR", "or"), tie("test")).map(
      ([left, word, right]): Test =>
        (values) =>
          `(${left(values)} ${word} ${right(values)})`,
    ),
    fc.tuple(tie("test"), fc.constantFrom(" AND ", " OR "), tie("test"), tie("test")).map(
      ([one, word, two, three]): Test =>
        (values) =>
          `(${one(values)} OR ${two(values)}${word}${three(values)})`,
    ),
  ),
}));

const expressionOf = (text: string, { names, values }: Values): Expression => ({
  expression: text,
  ...(Object.keys(names).length === 0 ? {} : { names }),
  ...(Object.keys(values).length === 0 ? {} : { values }),
});

/** Conditions of all kinds, nested. */
export const condition: fc.Arbitrary<Expression> = test.map((one) => {
  const values = new Values("c");
  return expressionOf(one(values), values);
});

type Change = { section: "SET" | "ADD" | "REMOVE"; text: (values: Values) => string };

/** Updates that each touch an attribute once, and now and then move the item in the index. */
export const updateOf = (list: fc.Arbitrary<string>): fc.Arbitrary<Expression> => {
  const set = (text: Change["text"]): Change => ({ section: "SET", text });
  const changeOf = (of: string): fc.Arbitrary<Change> =>
    fc.oneof(
      stored.map((value) => set((values) => `${of} = ${values.value(value)}`)),
      fc
        .tuple(name, stored)
        .map(([from, value]) => set((values) => `${of} = if_not_exists(${from}, ${values.value(value)})`)),
      fc
        .tuple(name, fc.constantFrom("+", "-"), number)
        .map(([from, sign, value]) =>
          set((values) => `${of} = if_not_exists(${from}, ${values.value(1)}) ${sign} ${values.value(value)}`),
        ),
      fc
        .tuple(name, fc.boolean())
        .map(([from, anyway]) =>
          set((values) =>
            anyway
              ? `${of} = list_append(if_not_exists(${from}, ${values.value([])}), ${values.value([1, "a"])})`
              : `${of} = list_append(${values.value([2])}, ${from})`,
          ),
        ),
      name.map((from) => set(() => `${of} = ${from}`)),
      number.map((value): Change => ({ section: "ADD", text: (values) => `${of} ${values.value(value)}` })),
      fc.constant<Change>({ section: "REMOVE", text: () => of }),
    );
  const indexChange = fc.oneof(
    fc
      .tuple(list, fc.constantFrom("1", "22", "3"))
      .map(([to, at]): Change[] => [
        set((values) => `${values.name("list")} = ${values.value(to)}`),
        set((values) => `${values.name("at")} = ${values.value(at)}`),
      ]),
    fc.constant<Change[]>([{ section: "REMOVE", text: (values) => values.name("list") }]),
  );
  return fc
    .tuple(fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }), fc.option(indexChange, { nil: [], freq: 1 }))
    .chain(([places, indexed]) =>
      fc.tuple(...places.map((place) => changeOf(NAMES[place] ?? "n"))).map((changes) => {
        const values = new Values("u");
        const sections = (["SET", "ADD", "REMOVE"] as const).flatMap((section) => {
          const texts = [...changes, ...indexed].filter((one) => one.section === section);
          return texts.length === 0 ? [] : [`${section} ${texts.map(({ text }) => text(values)).join(", ")}`];
        });
        return expressionOf(sections.join(" "), values);
      }),
    );
};
