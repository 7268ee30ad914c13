import { describe, expect, it } from "vitest";
import { namesDifferingByCase, userName } from "../../../shared/contract/user-names.ts";

describe("a user's name", () => {
  it.each([
    ["ada@x", "ada@x"],
    [" ada@x ", "ada@x"],
    ["\u00a0ada@x\ufeff", "ada@x"],
    ["zoe\u0308", "zo\u00eb"],
    ["Ada@x", "Ada@x"],
    ["a b", "a b"],
    ["   ", "   "],
  ])("%j is compared as %j", (given, compared) => {
    expect(userName(given)).toBe(compared);
  });

  it("is compared as it is once it was", () => {
    for (const name of [" \u0958 ", "\u212b", "e\u0301 "]) expect(userName(userName(name))).toBe(userName(name));
  });
});

describe("names that differ by case only", () => {
  it("are grouped, each name once, in order", () => {
    expect(namesDifferingByCase(["bo", "ada@x", "Bo", "ADA@X", "cy", "bo", "BO"])).toEqual([
      ["ADA@X", "ada@x"],
      ["BO", "Bo", "bo"],
    ]);
  });

  it("are none where all names differ otherwise", () => {
    expect(namesDifferingByCase(["ada", "bo", "bo"])).toEqual([]);
  });
});
