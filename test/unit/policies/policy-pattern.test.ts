import { describe, expect, it } from "vitest";
import { readPolicyPattern } from "../../../shared/patterns/policy-pattern.ts";

const read = (source: string) => {
  const reading = readPolicyPattern(source);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.pattern;
};

describe("a regular expression of a policy", () => {
  it.each([
    ["^username: .+", "username: foobar", true],
    ["^username: .+", "x username: foobar", false],
    ["oob", "username: foobar", true],
    [".+\\.json", "/app/settings.json5", true],
    ["(?i)X-Team: (a|b)", "x-team: B", true],
    ["^[[:alpha:]]{2,3}$", "abc", true],
    ["a$", "a\n", false],
    ["^(?P<n>a)(?:b)+?$", "abb", true],
  ])("%s is searched in %s: %s", (source, text, matches) => {
    expect(read(source).doubt).toBeUndefined();
    expect(read(source).matches(text)).toBe(matches);
  });

  it.each([
    ["a(?=b)", "look-around"],
    ["(?<!a)b", "look-around"],
    ["(a)\\1", "a back-reference"],
    ["(?P<n>a)\\k<n>", "a back-reference"],
    ["(?P<n>a)(?P=n)", "a back-reference"],
    ["[a-z&&[^b]]", "an operation of character classes"],
    ["[a[bc]]", "an operation of character classes"],
    ["[a-z--b]", "an operation of character classes"],
    ["[a~~b]", "an operation of character classes"],
    ["(?>a)b", "a kind of group"],
    ["(?x)a b", "a kind of group"],
    ["a++b", "a repetition"],
    ["a**", "a repetition"],
    ["a{,3}", "a repetition"],
    ["a{x", "a repetition"],
    ["\\<a", "an escape"],
    ["\\Qa.b\\E", "an escape"],
    ["\\u0041", "an escape"],
    ["\\b{start}a", "an escape"],
    ["\\p{Greek}", "an escape"],
  ])("%s is stored, and no verdict depends on it: it uses %s", (source, doubt) => {
    expect(read(source).doubt).toContain(`uses ${doubt}`);
    expect(read(source).matches("aab")).toBeUndefined();
  });

  it.each(["\\d", "\\w+", "a\\s", "\\bx", "[\\W]", "\\p{L}"])("%s is sure of ASCII text alone", (source) => {
    expect(read(source).doubt).toBeUndefined();
    expect(typeof read(source).matches("a 1x")).toBe("boolean");
    expect(read(source).matches("é")).toBeUndefined();
  });

  it.each(["(", "a)", "[a", "*a", "a{2,1}", "\\", "\\y", "(?P<n>a"])("%s is a fault", (source) => {
    expect(readPolicyPattern(source)).toMatchObject({ ok: false, reason: expect.stringMatching(/^must be a regular/) });
  });

  it("has 1 to 1,000 characters, and no repetitions that multiply", () => {
    const fault = { ok: false, reason: "must be a regular expression of 1 to 1000 characters" };
    expect(readPolicyPattern("")).toEqual(fault);
    expect(readPolicyPattern("a".repeat(1_001))).toEqual(fault);
    expect(readPolicyPattern("a".repeat(1_000)).ok).toBe(true);
    expect(readPolicyPattern("((a{30}){30}){30}").ok).toBe(false);
  });

  it("of the worst kind is searched in milliseconds", () => {
    const before = process.cpuUsage().user;
    expect(read("(a|aa)+(a?){200}b$").matches("a".repeat(1_024))).toBe(false);
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(2_000);
  });
});
