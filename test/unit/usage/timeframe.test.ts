import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, dayOf, nextMonth, startOf } from "../../../shared/contract/time.ts";
import { monthsBetween, splitTimeframe } from "../../../shared/usage/timeframe.ts";

const at = (text: string): number => Date.parse(text);

const day = fc.integer({ min: 0, max: 3_000 }).map((days) => at("2024-01-01T00:00:00Z") + days * DAY_MS);
const withinDay = fc.oneof(fc.constant(0), fc.constantFrom(1, DAY_MS - 1), fc.nat(DAY_MS - 1));
const moment = fc.tuple(day, withinDay).map(([start, ms]) => start + ms);

/** The spans of a split, in the order of time. */
const spans = (from: number, to: number) => {
  const { months, days, parts } = splitTimeframe(from, to);
  return [
    ...months.map((month) => ({ from: startOf(month), to: startOf(nextMonth(month)) })),
    ...days.map((name) => ({ from: startOf(name), to: startOf(name) + DAY_MS })),
    ...parts,
  ].sort((a, b) => a.from - b.from);
};

describe("a timeframe", () => {
  it("is covered by months, days and parts of a day with no gap and no overlap", () => {
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        let reached = from;
        for (const span of spans(from, to)) {
          expect(span.from).toBe(reached);
          expect(span.to).toBeGreaterThan(span.from);
          reached = span.to;
        }
        expect(reached).toBe(to);
      }),
    );
  });

  it("has at most a part at either end, each within one day, and days of at most the two months it is ragged in", () => {
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        const { months, days, parts } = splitTimeframe(Math.min(one, other), Math.max(one, other));
        expect(parts.length).toBeLessThanOrEqual(2);
        for (const part of parts) {
          expect(dayOf(part.to - 1)).toBe(dayOf(part.from));
          expect(part.to - part.from).toBeLessThan(DAY_MS);
        }
        const ragged = new Set(days.map((name) => name.slice(0, 7)));
        expect(ragged.size).toBeLessThanOrEqual(2);
        for (const month of months) expect(ragged.has(month)).toBe(false);
      }),
    );
  });

  it("of nothing is nothing", () => {
    const nothing = { months: [], days: [], parts: [] };
    expect(splitTimeframe(at("2026-11-10T12:00:00Z"), at("2026-11-10T12:00:00Z"))).toEqual(nothing);
    expect(splitTimeframe(at("2026-11-10T12:00:00Z"), at("2026-11-09T12:00:00Z"))).toEqual(nothing);
  });

  it("over a leap February reads it as one month, with the days and hours around it", () => {
    expect(splitTimeframe(at("2028-01-30T23:59:59.999Z"), at("2028-03-02T01:00:00Z"))).toEqual({
      months: ["2028-02"],
      days: ["2028-01-31", "2028-03-01"],
      parts: [
        { from: at("2028-01-30T23:59:59.999Z"), to: at("2028-01-31T00:00:00Z") },
        { from: at("2028-03-02T00:00:00Z"), to: at("2028-03-02T01:00:00Z") },
      ],
    });
  });

  it("from month to month has every month in between, both ends with it", () => {
    expect(monthsBetween("2026-11", "2027-02")).toEqual(["2026-11", "2026-12", "2027-01", "2027-02"]);
    expect(monthsBetween("2026-11", "2026-11")).toEqual(["2026-11"]);
    expect(monthsBetween("2026-12", "2026-11")).toEqual([]);
  });
});
