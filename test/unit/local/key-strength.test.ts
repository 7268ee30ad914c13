import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ENOUGH_KEY_BITS, keyStrengthBits } from "../../../tools/local/key-strength.ts";

describe("the strength of a license key", () => {
  it.each(["secret", "password123", "mirrord-license-key", "a".repeat(200)])("is too little for %s", (key) => {
    expect(keyStrengthBits(key)).toBeLessThan(ENOUGH_KEY_BITS);
  });

  it("is enough for random keys in the usual forms", () => {
    for (const key of [randomBytes(32).toString("base64url"), randomBytes(32).toString("hex"), randomUUID()])
      expect(keyStrengthBits(key)).toBeGreaterThan(ENOUGH_KEY_BITS);
  });
});
