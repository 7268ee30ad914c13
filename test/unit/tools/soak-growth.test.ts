import { describe, expect, it } from "vitest";
import { growthOf, isGrowth, type Point } from "../../../tools/verify/soak/growth.ts";

const MINUTES = 15;
const TOLERANCE = { most: 3, perMinute: 0.25 };

/** A sample every two seconds; the noise comes around and means nothing. */
const points = (valueAt: (minute: number, index: number) => number): Point[] =>
  Array.from({ length: MINUTES * 30 }, (_, index) => ({ at: index * 2, value: valueAt(index / 30, index) }));
const grows = (series: Point[]) => isGrowth(growthOf(series), MINUTES, TOLERANCE);
const noise = (index: number) => ((index * 7_919) % 13) / 13;

describe("growth over a soak", () => {
  it("is none where a level only swings", () => {
    expect(grows(points((_, index) => 60 + 4 * noise(index)))).toBe(false);
  });

  it("is none where every tenth sample is far off", () => {
    expect(grows(points((_, index) => 60 + (index % 10 === 0 ? 80 : 0)))).toBe(false);
  });

  it("is none where a level rises once and stays", () => {
    expect(grows(points((minute) => (minute > 10 ? 70 : 60)))).toBe(false);
  });

  it("is found where a level rises all the time, noise or not", () => {
    expect(grows(points((minute, index) => 60 + 0.7 * minute + 4 * noise(index)))).toBe(true);
  });

  it("is told with its rate and its levels", () => {
    const { perMinute, first, last } = growthOf(points((minute) => 10 + 2 * minute));
    expect(perMinute).toBeCloseTo(2);
    expect(last - first).toBeCloseTo(2 * MINUTES * 0.75, 0);
  });
});
