import { describe, expect, it } from "vitest";
import { isPermissive } from "../../../tools/verify/supply/license.ts";

describe("a license", () => {
  it.each(["MIT", "(MIT)", "Apache-2.0", "MIT/X11", "MIT OR GPL-3.0-only", "(GPL-3.0-only OR MIT)", "MIT AND Zlib"])(
    "such as %s asks for no more than its notice",
    (expression) => {
      expect(isPermissive(expression)).toBe(true);
    },
  );

  it.each([
    "GPL-3.0-only",
    "AGPL-3.0-or-later",
    "LGPL-2.1-only",
    "MPL-2.0",
    "MIT AND GPL-3.0-only",
    "MIT AND (Zlib AND GPL-2.0-only)",
    "GPL-2.0-only AND MIT OR MPL-2.0",
    "UNLICENSED",
    "SEE LICENSE IN LICENSE",
    "none stated",
    "",
    "(MIT",
    "MIT)",
    "MIT OR",
  ])("such as '%s' asks for more, or is not known", (expression) => {
    expect(isPermissive(expression)).toBe(false);
  });

  it("binds by AND before OR", () => {
    expect(isPermissive("MIT OR GPL-3.0-only AND MPL-2.0")).toBe(true);
    expect(isPermissive("(MIT OR GPL-3.0-only) AND MPL-2.0")).toBe(false);
  });
});
