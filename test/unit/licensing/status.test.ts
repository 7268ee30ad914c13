import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { licenseStatus } from "../../../shared/licensing/status.ts";

const license = { issuedAt: Date.parse("2026-11-20T08:00:00Z"), expiresAt: Date.parse("2027-11-20T08:00:00Z") };

describe("a license's status", () => {
  it.each([
    ["a millisecond before it begins", license.issuedAt - 1, "not_yet_valid"],
    ["at the moment it begins", license.issuedAt, "valid"],
    ["a millisecond more than 30 days before its end", license.expiresAt - 30 * DAY_MS - 1, "valid"],
    ["30 days before its end", license.expiresAt - 30 * DAY_MS, "expiring"],
    ["a millisecond before its end", license.expiresAt - 1, "expiring"],
    ["at its end", license.expiresAt, "expired"],
    ["a century later", license.expiresAt + 36_500 * DAY_MS, "expired"],
  ])("%s is right", (_, now, status) => {
    expect(licenseStatus(license, now)).toBe(status);
  });

  it("of one that holds for 30 days or less is never valid without expiring", () => {
    const short = { issuedAt: 0, expiresAt: 30 * DAY_MS };
    expect([-1, 0, 30 * DAY_MS].map((now) => licenseStatus(short, now))).toEqual([
      "not_yet_valid",
      "expiring",
      "expired",
    ]);
  });

  it("only ever moves on as time does", () => {
    const order = ["not_yet_valid", "valid", "expiring", "expired"];
    const moment = fc.integer({ min: 0, max: 200 * DAY_MS });
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 100 * DAY_MS }), moment, moment, (issuedAt, length, one, other) => {
        const rank = (now: number) => order.indexOf(licenseStatus({ issuedAt, expiresAt: issuedAt + length }, now));
        expect(rank(Math.min(one, other))).toBeLessThanOrEqual(rank(Math.max(one, other)));
      }),
    );
  });
});
