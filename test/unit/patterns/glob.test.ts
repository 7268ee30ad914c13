import { describe, expect, it } from "vitest";
import { globFault, matchesGlob } from "../../../shared/patterns/glob.ts";

describe("a glob", () => {
  it.each([
    ["deploy/*", "deploy/boats", true],
    ["deploy/*", "deploy/boats/container/app", true],
    ["*boats*", "pod/whatever-23oije2/container/boats-container", true],
    ["deploy/*", "pod/deploy/x", false],
    ["deploy/?", "deploy/xy", false],
    ["a?c", "a😀c", true],
    ["a??c", "a😀c", false],
    ["*", "", true],
    ["?", "", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["**", "x", true],
  ])("%s over %s matches as a whole: %s", (glob, text, matches) => {
    expect(matchesGlob(glob, text)).toBe(matches);
  });

  it("takes all but * and ? literally, and the case counts", () => {
    expect(matchesGlob("a.[b]{c}\\*", "a.[b]{c}\\d")).toBe(true);
    expect(matchesGlob("a.c", "abc")).toBe(false);
    expect(matchesGlob("Deploy", "deploy")).toBe(false);
  });

  it("of the worst kind is compared in milliseconds", () => {
    const before = process.cpuUsage().user;
    expect(matchesGlob(`${"*a".repeat(127)}*b`, "a".repeat(4_096))).toBe(false);
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(1_000);
  });

  it("is 1 to 256 characters long", () => {
    expect(globFault("")).toBe("must not be empty");
    expect(globFault("x".repeat(256))).toBeUndefined();
    expect(globFault("x".repeat(257))).toBe("must be at most 256 characters long");
  });
});
