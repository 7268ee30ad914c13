import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { peakOf } from "../../../shared/usage/concurrency.ts";

const SECOND = 1_000;

/** Second by second. */
const bruteForce = (spans: readonly { from: number; to: number }[], from: number, to: number): number => {
  let peak = 0;
  for (let at = from; at < to; at += SECOND)
    peak = Math.max(peak, spans.filter((span) => span.from <= at && at < span.to).length);
  return peak;
};

const second = fc.integer({ min: -5, max: 25 }).map((n) => n * SECOND);
const span = fc.tuple(second, fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY))).map(([from, seconds]) => ({
  from,
  to: from + seconds * SECOND,
}));

describe("the most sessions at once", () => {
  it("are those that a look at every second finds", () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        expect(peakOf(spans, { from: 0, to: 20 * SECOND })).toBe(bruteForce(spans, 0, 20 * SECOND));
      }),
    );
  });

  it("do not meet where one ends the moment another begins", () => {
    const spans = [
      { from: 0, to: 5 },
      { from: 5, to: 9 },
    ];
    expect(peakOf(spans, { from: 0, to: 10 })).toBe(1);
    expect(peakOf([...spans, { from: 4, to: 5 }], { from: 0, to: 10 })).toBe(2);
  });

  it("leave out what took no time, and what ran before and after", () => {
    const spans = [
      { from: 5, to: 5 },
      { from: -9, to: 0 },
      { from: 10, to: 12 },
    ];
    expect(peakOf(spans, { from: 0, to: 10 })).toBe(0);
  });
});
