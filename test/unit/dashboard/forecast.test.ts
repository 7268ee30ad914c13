import { describe, expect, it } from "vitest";
import { forecastFigure } from "../../../dashboard/model/forecast.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";

const figure = (changes: object) =>
  forecastFigure({ ...RESPONSE_EXAMPLES.seatForecast, ...changes }, (date) => date.slice(5));

describe("the forecast as a figure", () => {
  it("is the day, with the earliest and the latest", () => {
    expect(figure({})).toEqual({ value: "12-17", detail: "80 %: 12-13 – 12-21" });
  });

  it("says what is beyond a year", () => {
    expect(figure({ on: null, latest: null })).toEqual({
      value: "Not within a year",
      detail: "80 %: 12-13 – later than a year",
    });
    expect(figure({ on: null, earliest: null, latest: null }).detail).toBe("80 %: not within a year");
  });

  it("says why there is none", () => {
    expect(figure({ status: "reached" }).value).toBe("Reached");
    expect(figure({ status: "too_few_days" }).detail).toMatch(/^14 days of history needed/);
    expect(figure({ status: "unlimited" }).detail).toBe("The license has no maximum");
  });
});
