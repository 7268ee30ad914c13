import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueKeyIn } from "../../../shared/events/issue-key.ts";

describe("the issue key of a git branch", () => {
  it.each([
    ["my-branch-KEY-123-latest", "KEY-123"],
    ["KEY-123", "KEY-123"],
    ["feature/SHOP2-7_retry", "SHOP2-7"],
    ["feature_MY_APP-12", "MY_APP-12"],
    ["fix/KEY-1-and-OTHER-2", "KEY-1"],
    ["ana@KEY-99999", "KEY-99999"],
    ["FEATURE-1-KEY-2", "FEATURE-1"],
    ["KEY-0-KEY-7", "KEY-7"],
    ["küche/KEY-5-größe", "KEY-5"],
  ])("of %s is %s", (branch, key) => {
    expect(issueKeyIn(branch)).toBe(key);
  });

  it.each([
    "main",
    "",
    "my-branch-key-123",
    "Key-123",
    "KEY123",
    "KEY-",
    "K-1",
    "KEY-0",
    "KEY-12abc",
    "aKEY-12",
    "1KEY-2",
    "utf-8-fix",
    "éKEY-12",
    "KEY-12é",
    "ΔKEY-12",
    "KEY-12٣",
    "ÄÖ-12",
  ])("is none in %j", (branch) => {
    expect(issueKeyIn(branch)).toBeUndefined();
  });

  it("is found wherever it stands apart from other letters and digits", () => {
    const around = fc.stringMatching(/^[a-z-]{0,20}$/);
    const key = fc.stringMatching(/^[A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,5}$/);
    fc.assert(
      fc.property(around, key, around, (before, wanted, after) => {
        expect(issueKeyIn(`${before}/${wanted}-${after}`)).toBe(wanted);
      }),
    );
  });

  it("is looked for in a long branch in no time", () => {
    const before = process.cpuUsage().user;
    expect(issueKeyIn("A".repeat(100_000))).toBeUndefined();
    expect(issueKeyIn("A_".repeat(5_000))).toBeUndefined();
    expect((process.cpuUsage().user - before) / 1_000).toBeLessThan(2_000);
  });
});
