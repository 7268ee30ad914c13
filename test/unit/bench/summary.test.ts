import { describe, expect, it } from "vitest";
import { median, medianRatio } from "../../../tools/bench/benchmark.ts";
import type { Figure } from "../../../tools/bench/figure.ts";
import { summaryLines } from "../../../tools/bench/summary.ts";
import { inTurns } from "../../../tools/bench/turns.ts";

const figure = (changes: Partial<Figure> = {}): Figure => ({
  what: "heartbeats",
  value: "500/s",
  baseline: "empty handler: 5,000/s",
  ratio: 0.1,
  ...changes,
});

const cellsOf = (one: Figure): string[] => {
  const [, , row = ""] = summaryLines([{ name: "throughput", figures: [one] }]);
  return row.split("|").map((cell) => cell.trim());
};
const ratioOf = (ratio: number | undefined): string | undefined => cellsOf(figure({ ratio }))[5];
const verdictOf = (one: Partial<Figure>): string | undefined => cellsOf(figure(one))[7];

describe("the summary", () => {
  it("is one Markdown table of all benchmarks' figures, in their order, whose columns line up", () => {
    const lines = summaryLines([
      { name: "cold-start", figures: [figure({ what: "license", goal: { atMost: 1.4 } })] },
      { name: "throughput", figures: [figure(), figure({ what: "claims", value: "1,234,567/s" })] },
    ]);

    expect(lines).toHaveLength(5);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]).toMatch(/^\| benchmark +\| what +\| +value \| baseline +\| ratio \| +goal \|/);
    expect(lines[1]).toMatch(/^\| -+ \| -+ \| -+: \| -+ \| -+: \| -+: \| -+ \|$/);
    expect(lines.slice(2).map((line) => line.split("|")[2]?.trim())).toEqual(["license", "heartbeats", "claims"]);
  });

  it("says of each goal whether it is reached, the very limit included", () => {
    expect(verdictOf({ ratio: 1.4, goal: { atMost: 1.4 } })).toBe("reached");
    expect(verdictOf({ ratio: 1.41, goal: { atMost: 1.4 } })).toBe("MISSED");
    expect(verdictOf({ ratio: 20, goal: { atLeast: 20 } })).toBe("reached");
    expect(verdictOf({ ratio: 19.9, goal: { atLeast: 20 } })).toBe("MISSED");
    expect(verdictOf({ ratio: 99 })).toBe("");
  });

  it("calls a goal missed where there is nothing to hold against it", () => {
    expect(verdictOf({ ratio: undefined, goal: { atMost: 1 } })).toBe("MISSED");
    expect(verdictOf({ ratio: Number.NaN, goal: { atMost: 1 } })).toBe("MISSED");
  });

  it("shows ratios from thousandths to thousands with the digits that tell", () => {
    expect([0, 0.0123, 0.5, 1, 12.345, 4_321.9].map(ratioOf)).toEqual([
      "0.00",
      "0.012",
      "0.50",
      "1.00",
      "12.35",
      "4,322",
    ]);
    expect(ratioOf(undefined)).toBe("");
  });
});

describe("the median", () => {
  it("is the middle one, or between the middle two, whatever the order and however far off one is", () => {
    expect(median([3, 1, 1_000])).toBe(3);
    expect(median([4, 1, 2, 1_000])).toBe(3);
  });

  it("of ratios pairs what was measured in the same round", () => {
    // The machine was ten times as slow in the second round. The ratio of the medians would be 1.5.
    expect(medianRatio([3, 30, 3], [1, 10, 2])).toBe(3);
    expect(medianRatio([1, 2, 3], [1])).toBe(1);
  });
});

describe("measuring in turns", () => {
  it("takes each variant once a round, and throws the first round away", async () => {
    const order: string[] = [];
    const measured = await inTurns(["a", "b"], 2, (variant) => order.push(variant));

    expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(measured).toEqual(
      new Map([
        ["a", [3, 5]],
        ["b", [4, 6]],
      ]),
    );
  });
});
