import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { billingPeriod } from "../../../shared/seats/period.ts";
import { periodStart } from "../../support/reference-model.ts";

const DAY = 86_400_000;
const at = (text: string): number => Date.parse(text);

const anchorDay = fc.integer({ min: 1, max: 31 });
const moment = fc.integer({ min: at("1999-01-01T00:00:00Z"), max: at("2105-01-01T00:00:00Z") });

describe("the billing period", () => {
  it("is the one that walking back to its first day finds, for every anchor day on every day of eight years", () => {
    const wrong: [anchor: number, day: number][] = [];
    for (let anchor = 1; anchor <= 31; anchor += 1)
      for (let day = at("2096-01-01T00:00:00Z"); day < at("2104-01-02T00:00:00Z"); day += DAY)
        if (billingPeriod(anchor, day).from !== periodStart(anchor, day)) wrong.push([anchor, day]);
    expect(wrong).toEqual([]);
  });

  it("contains its moment, and begins and ends at midnights a month apart", () => {
    fc.assert(
      fc.property(anchorDay, moment, (anchor, now) => {
        const { from, to } = billingPeriod(anchor, now);
        expect(from <= now && now < to).toBe(true);
        expect([from % DAY, to % DAY]).toEqual([0, 0]);
        expect((to - from) / DAY).toBeGreaterThanOrEqual(28);
        expect((to - from) / DAY).toBeLessThanOrEqual(31);
      }),
    );
  });

  it("is the same throughout, and the next one begins where it ends", () => {
    fc.assert(
      fc.property(anchorDay, moment, (anchor, now) => {
        const period = billingPeriod(anchor, now);
        expect(billingPeriod(anchor, period.from)).toEqual(period);
        expect(billingPeriod(anchor, period.to - 1)).toEqual(period);
        expect(billingPeriod(anchor, period.to).from).toBe(period.to);
        expect(billingPeriod(anchor, period.from - 1).to).toBe(period.from);
      }),
    );
  });

  it.each([
    [31, "2027-02-28T00:00:00Z", "2027-02-28", "2027-03-31"],
    [31, "2027-02-27T23:59:59.999Z", "2027-01-31", "2027-02-28"],
    [30, "2028-02-29T12:00:00Z", "2028-02-29", "2028-03-30"],
    [29, "2027-03-01T00:00:00Z", "2027-02-28", "2027-03-29"],
    [1, "2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01"],
    [15, "2027-01-14T00:00:00Z", "2026-12-15", "2027-01-15"],
  ])("of anchor day %d at %s goes from %s to %s", (anchor, now, from, to) => {
    expect(billingPeriod(anchor, at(now))).toEqual({ from: at(from), to: at(to) });
  });
});
