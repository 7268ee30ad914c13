import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern, patternFault } from "../../../shared/patterns/regular-expression.ts";

const removed = (source: string, text: string): string => {
  const reading = compilePattern(source);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.pattern.removeFrom(text);
};

// Every pattern that the documents show, and one of each construct that RE2 and ECMAScript share.
const SHARED = ["@.*$|-laptop$", "^(ana|ben)|@example\\.com$", "[ae]", "\\.corp\\.local$", "-[0-9]+", "\\p{L}{2,3}"];
const SHARED_TOO = [
  "(?<host>x)+?",
  "a.b",
  "\\d\\w\\s",
  "\\u00e9|\\u{1F600}",
  "[^a-c\\]]$",
  "^$",
  "(?:a|)b",
  "\\bana\\b",
];

describe("a pattern", () => {
  it.each([...SHARED, ...SHARED_TOO])("%s removes what ECMAScript would remove", (source) => {
    const part = fc.constantFrom(..."ana ben @example.com -laptop .corp.local -42 é 😀 x a b ]".split(" "), " ");
    const text = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(fc.property(text, (name) => removed(source, name) === name.replace(new RegExp(source, "gu"), "")));
  });

  // ECMAScript's own engine needs minutes for 30 characters of the first. The last one looks for its first half from each
  // character on, and then matches that character alone.
  it.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){10}c", "(?:a?){60}a{60}$", "(?:a{0,50}b?){4}c|a"])(
    "%s takes no time over any name",
    (source) => {
      removed(source, "a");
      const before = process.cpuUsage().user;
      for (let names = 0; names < 20; names += 1)
        removed(source, names % 2 === 0 ? "a".repeat(253) : `${"a".repeat(252)}!`);
      expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000);
    },
  );

  it.each([
    ["that looks ahead", "(?=secret)"],
    ["that looks behind", "(?<!secret)x"],
    ["that refers back", "(secret)\\1"],
    ["that is broken", "[secret"],
    ["whose repetition is broken", "secret{2,1}"],
    ["whose repetitions multiply", "((secret){1,9}){1,9}"],
    ["whose repetitions multiply beyond measure", "(secret{1,1000}){1,1000}"],
    ["that is empty", ""],
    ["that is too long", "secret".repeat(34)],
  ])("%s is refused with the reason, which repeats nothing of it", (_what, source) => {
    expect(patternFault(source)).toMatch(/^must be a (smaller )?regular expression/);
    expect(patternFault(source)).not.toContain("secret");
  });

  it("is removed wherever it matches, up to 2,000 divided by its size in instructions", () => {
    expect(removed("[0-9-]", "ana-".concat("0-1".repeat(80)))).toBe("ana");
    expect(removed("x{80}y|[0-9]", `ana-${"7".repeat(100)}`)).toMatch(/^ana-7+$/);
  });

  it("that is good has no fault", () => {
    for (const source of SHARED) expect(patternFault(source)).toBeUndefined();
  });
});
