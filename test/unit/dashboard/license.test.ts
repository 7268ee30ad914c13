import { describe, expect, it } from "vitest";
import { createFormats } from "../../../dashboard/model/format.ts";
import { editionRows, type LicenseTerms, licenseAlert, timeLeft, timeSince } from "../../../dashboard/model/license.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";

const formats = createFormats("en-US", "UTC");
const terms = (change: Partial<LicenseTerms>): LicenseTerms => ({ ...RESPONSE_EXAMPLES.licenseGet.license, ...change });
const DAY = 86_400;

describe("the license banner", () => {
  it("warns about every license but a valid one", () => {
    const textOf = (change: Partial<LicenseTerms>) => licenseAlert(terms(change), formats)?.text;
    expect(textOf({ status: "valid" })).toBeUndefined();
    expect(textOf({ status: "expiring", expire_at: "2026-12-10T00:00:00.000Z", valid_seconds: 12 * DAY })).toBe(
      "The license expires on Dec 10, 2026, in 12 days. Renew it now.",
    );
    expect(textOf({ status: "expired", expire_at: "2026-01-31T00:00:00.000Z", valid_seconds: 0 })).toBe(
      "The license expired on Jan 31, 2026. New sessions are blocked; running sessions continue.",
    );
    expect(textOf({ status: "not_yet_valid" })).toContain("not valid yet");
  });
});

describe("the time of expiry", () => {
  const expire_at = "2026-01-31T00:00:00.000Z";

  it("is ahead by the server's clock", () => {
    expect(timeLeft(terms({ valid_seconds: 12.9 * DAY }), formats)).toBe("in 12 days");
    expect(timeLeft(terms({ valid_seconds: 3_600 }), formats)).toBe("in 1h");
  });

  it("of an expired license is in the past, though the server counts no seconds below zero", () => {
    const expired = terms({ status: "expired", expire_at, valid_seconds: 0 });
    expect(timeSince(expired, Date.parse("2026-11-27T12:00:00Z"), formats)).toBe("300 days ago");
    expect(timeSince(expired, Date.parse("2026-01-31T02:00:00Z"), formats)).toBe("2h ago");
    expect(timeSince(expired, Date.parse("2026-01-30T00:00:00Z"), formats)).toBe("0s ago");
  });
});

describe("the terms of the edition", () => {
  const limits = { modules: ["governance"], max_operators: 1_200, max_requests_per_second: 2.5 };

  it("are in no plain license", () => {
    expect(editionRows(terms({}), formats)).toEqual([]);
  });

  it("say what is limited, and that a premium license does not enforce it", () => {
    expect(editionRows(terms({ edition: "community", ...limits }), formats)).toEqual([
      ["Edition", "Community"],
      ["Modules", "base, governance"],
      ["Operators", "1,200"],
      ["Requests per second", "2.5"],
    ]);
    expect(editionRows(terms({ edition: "premium", ...limits, modules: null }), formats)).toEqual([
      ["Edition", "Premium"],
      ["Modules", "All"],
      ["Operators", "1,200 (not enforced)"],
      ["Requests per second", "2.5 (not enforced)"],
    ]);
    const unlimited = { modules: null, max_operators: null, max_requests_per_second: null };
    expect(editionRows(terms({ edition: "community", ...unlimited }), formats).slice(2)).toEqual([
      ["Operators", "Unlimited"],
      ["Requests per second", "Unlimited"],
    ]);
  });
});
