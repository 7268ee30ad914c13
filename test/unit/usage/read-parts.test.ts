import { describe, expect, it } from "vitest";
import { rollupKey } from "../../../shared/contract/keys.ts";
import { monthParts } from "../../../shared/usage/read-rollups.ts";

/** The alphabet of base64url (RFC 4648, section 5). */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

describe("the parts in which a month is read", () => {
  const parts = monthParts("2026-11");
  const partsWith = (sortKey: string) =>
    parts.filter(({ range }) => "from" in range && range.from <= sortKey && sortKey <= range.to);

  it("hold every row once, whatever it goes by, and nothing but rows", () => {
    for (const letter of LETTERS)
      for (const rest of ["-".repeat(21), "z".repeat(21)])
        expect(partsWith(rollupKey("2026-11", letter + rest, 0).sk), letter).toHaveLength(1);
    for (const other of ["STATS", "ROLLUP", "ROLLUP$0"]) expect(partsWith(other), other).toEqual([]);
  });

  it("are equally large", () => {
    const sizes = new Map(parts.map((part) => [part, 0]));
    for (const letter of LETTERS)
      for (const part of partsWith(rollupKey("2026-11", `${letter}a`, 0).sk))
        sizes.set(part, (sizes.get(part) ?? 0) + 1);
    expect([...sizes.values()]).toEqual([16, 16, 16, 16]);
  });
});
