import { describe, expect, it } from "vitest";
import { judgeVersion } from "../../../shared/licensing/operator-version.ts";

/** The order that Semantic Versioning 2.0 gives as its example (section 11), with what is around it. */
const ORDER = [
  "0.9.9",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.1-0",
  "1.9.0",
  "1.10.0",
  "3.120.0",
];

describe("an operator's version", () => {
  it("is too old exactly where it comes before the minimum", () => {
    for (const [place, version] of ORDER.entries())
      for (const [least, minimum] of ORDER.entries())
        expect([version, minimum, judgeVersion(version, minimum)]).toEqual([
          version,
          minimum,
          place < least ? "too old" : "new enough",
        ]);
  });

  it("is the same whatever build it is", () => {
    expect(judgeVersion("3.120.0+build.7", "3.120.0+build.9")).toBe("new enough");
    expect(judgeVersion("3.119.9+build.7", "3.120.0")).toBe("too old");
  });

  it("may begin with a v", () => {
    expect(judgeVersion("v3.120.0", "3.120.0")).toBe("new enough");
    expect(judgeVersion("v3.119.0", "3.120.0")).toBe("too old");
  });

  it.each(["dev", "latest", "3.120", "3", "", "3.120.0.1", "main-1a2b3c", "99999999999999999999.0.0"])(
    "cannot be told where it is no semantic version: %j",
    (version) => {
      expect(judgeVersion(version, "3.120.0")).toBe("unknown");
      expect(judgeVersion("3.120.0", version)).toBe("unknown");
    },
  );
});
