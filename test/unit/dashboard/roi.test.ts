import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAmount } from "../../../dashboard/model/amount.ts";
import { calculateRoi, ROI_DEFAULTS, readRoiInput, roiParameters } from "../../../dashboard/model/roi.ts";

describe("the ROI calculator", () => {
  it("agrees with a calculation by hand", () => {
    // 6 cycles of 10 minutes are an hour a day, 5 a week, 240 in a year of 48 weeks: 4,800 for 20 developers.
    const result = calculateRoi({
      ...ROI_DEFAULTS,
      developers: 20,
      costKind: "hour",
      cost: 50,
      cycles: 6,
      minutes: 10,
      environments: 2,
      environmentKind: "month",
      environmentCost: 1_000,
      licenseCost: 14_000,
    });
    expect(result).toEqual({
      hoursPerDeveloperWeek: 5,
      savedShare: 0.125,
      teamHoursPerYear: 4_800,
      productivityPerYear: 240_000,
      infrastructurePerYear: 24_000,
      netPerYear: 250_000,
    });
  });

  it("divides a salary by the hours worked in a year, and uses a yearly cost unchanged", () => {
    const hourly = calculateRoi({ ...ROI_DEFAULTS, costKind: "hour", cost: 50, environments: 1, environmentCost: 100 });
    const yearly = calculateRoi({
      ...ROI_DEFAULTS,
      costKind: "year",
      cost: 50 * 40 * 48,
      environments: 1,
      environmentKind: "year",
      environmentCost: 1_200,
    });
    expect(yearly).toEqual(hourly);
  });

  it("caps the hours saved at the hours worked", () => {
    const result = calculateRoi({ ...ROI_DEFAULTS, cycles: 1_000, minutes: 60 });
    expect(result).toMatchObject({ hoursPerDeveloperWeek: 40, savedShare: 1 });
  });

  it("can show a loss", () => {
    expect(calculateRoi({ ...ROI_DEFAULTS, cycles: 0, licenseCost: 100 }).netPerYear).toBe(-100);
  });
});

describe("the calculator's inputs", () => {
  it("survive a link", () => {
    const amount = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0);
    const input = fc.record({
      developers: amount,
      costKind: fc.constantFrom("hour" as const, "year" as const),
      cost: amount,
      cycles: amount,
      minutes: amount,
      environments: amount,
      environmentKind: fc.constantFrom("month" as const, "year" as const),
      environmentCost: amount,
      licenseCost: amount,
      currency: fc.constantFrom("USD", "EUR"),
    });
    fc.assert(
      fc.property(input, (given) => {
        expect(readRoiInput(roiParameters(given), ROI_DEFAULTS)).toEqual(given);
      }),
    );
  });

  it("that are invalid become the default", () => {
    const bad = {
      developers: "-1",
      cost: "NaN",
      cycles: "",
      minutes: "1e99",
      costKind: "day",
      currency: "javascript:",
    };
    expect(readRoiInput(bad, ROI_DEFAULTS)).toEqual(ROI_DEFAULTS);
  });

  it.each([
    ["12", 12],
    [" 1.5 ", 1.5],
    ["0", 0],
    ["", undefined],
    ["ten", undefined],
    ["-1", undefined],
    ["Infinity", undefined],
  ])("typed as %j are %s", (text, value) => {
    expect(parseAmount(text)).toBe(value);
  });
});
