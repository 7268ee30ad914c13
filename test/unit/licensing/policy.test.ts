import { describe, expect, it } from "vitest";
import { allowsOverage } from "../../../shared/licensing/policy.ts";

describe("overage", () => {
  it.each([
    ["teams", false],
    ["enterprise", true],
    ["a type to come", false],
    ["Enterprise", false],
    ["", false],
  ])("follows the license's type where nothing is configured: %j", (type, allowed) => {
    expect(allowsOverage({ type }, undefined)).toBe(allowed);
  });

  it.each(["teams", "enterprise", "a type to come"])("is what the deployment says, whatever the type: %s", (type) => {
    expect(allowsOverage({ type }, true)).toBe(true);
    expect(allowsOverage({ type }, false)).toBe(false);
  });
});
