import { describe, expect, it } from "vitest";
import { DAY_MS, dayOf } from "../../../shared/contract/time.ts";
import { type ForecastPoint, forecastSeats } from "../../../shared/seats/forecast.ts";

// The last closed day is the 30th of November, so today is the 1st of December.
const LAST = Date.parse("2026-11-30T00:00:00Z");
const NOW = LAST + DAY_MS + 9 * 3_600_000;

/** One value a day, up to the last closed day. */
const series = (values: readonly number[]): ForecastPoint[] =>
  values.map((users, place) => ({ day: dayOf(LAST - (values.length - 1 - place) * DAY_MS), users }));
const days = (count: number, of: (place: number) => number): ForecastPoint[] =>
  series(Array.from({ length: count }, (_, place) => of(place)));

const forecast = (points: readonly ForecastPoint[], max: number | null, used = 0) =>
  forecastSeats(points, { max, used, now: NOW });

describe("the forecast of seats, by hand-computed cases", () => {
  it("of a flat series meets no maximum", () => {
    expect(
      forecast(
        days(20, () => 10),
        20,
      ),
    ).toEqual({
      status: "forecast",
      users: 10,
      growthPerDay: 0,
      on: null,
      earliest: null,
      latest: null,
    });
  });

  it("of a line without scatter meets the maximum on one day", () => {
    // 30 on the last day and one more each day: 40 ten days later.
    const { on, earliest, latest, growthPerDay } = forecast(
      days(30, (place) => place + 1),
      40,
    );
    expect([on, earliest, latest]).toEqual(["2026-12-10", "2026-12-10", "2026-12-10"]);
    expect(growthPerDay).toBeCloseTo(1, 10);
  });

  it("of a rising series of fourteen days has a band of 80 %", () => {
    // Slope 0.52308, residual deviation 0.80384, t(0.90; 12) = 1.356: the line meets 25 on the 17th day, its limits on the
    // 13th and the 21st.
    const values = [9, 11, 10, 12, 11, 13, 12, 14, 13, 15, 14, 16, 15, 17];
    const { growthPerDay, ...found } = forecast(series(values), 25);
    expect(growthPerDay).toBeCloseTo(0.523077, 6);
    expect(found).toMatchObject({ on: "2026-12-17", earliest: "2026-12-13", latest: "2026-12-21", users: 17 });
  });

  it("of thirty days uses t(0.90; 28) = 1.313", () => {
    // Slope 0.33370, residual deviation 0.58925: 31, 28 and 34 days.
    const found = forecast(
      days(30, (place) => 10 + Math.floor(place / 3) + (place % 2)),
      30,
    );
    expect(found).toMatchObject({ on: "2026-12-31", earliest: "2026-12-28", latest: "2027-01-03" });
  });

  it("of a falling series meets no maximum", () => {
    expect(
      forecast(
        days(30, (place) => 40 - place),
        45,
      ),
    ).toMatchObject({ on: null, earliest: null, latest: null });
  });

  it("of the first week, and of thirteen days, says that there are too few", () => {
    const nothing = { growthPerDay: null, on: null, earliest: null, latest: null };
    expect(
      forecast(
        days(7, (place) => place),
        20,
      ),
    ).toEqual({ status: "too_few_days", users: 6, ...nothing });
    expect(
      forecast(
        days(13, (place) => place),
        20,
      ),
    ).toMatchObject({ status: "too_few_days" });
    expect(
      forecast(
        days(14, (place) => place),
        20,
      ),
    ).toMatchObject({ status: "forecast" });
    expect(forecast([], 20)).toEqual({ status: "too_few_days", users: null, ...nothing });
  });

  it("after a holiday gap has a band so wide that only its upper limit meets the maximum", () => {
    // Twelve days at 20, ten at 8, eight at 20: slope -0.10679, residual deviation 5.77671.
    const values = [...Array(12).fill(20), ...Array(10).fill(8), ...Array(8).fill(20)];
    expect(forecast(series(values), 24)).toMatchObject({ on: null, earliest: "2027-03-19", latest: null });
  });

  it("goes by the calendar where days are missing", () => {
    // One user more a day, with a week of which nothing is known: still ten days to the maximum.
    const known = days(30, (place) => place + 1).filter((_, place) => place < 10 || place > 16);
    expect(forecast(known, 40)).toMatchObject({ on: "2026-12-10", earliest: "2026-12-10", latest: "2026-12-10" });
  });

  it("after a change of license in between is that of the same series, to the new maximum", () => {
    const points = days(30, (place) => place + 1);
    expect(forecast(points, 40).growthPerDay).toBe(forecast(points, 50).growthPerDay);
    expect(forecast(points, 50)).toMatchObject({ on: "2026-12-20" });
  });

  it("uses the last thirty days of a longer series", () => {
    const points = days(60, (place) => (place < 30 ? 500 : place - 29));
    expect(forecast(points, 40)).toMatchObject({ on: "2026-12-10" });
  });

  it("says so where the maximum is reached already, by the series or by the seats held now", () => {
    expect(
      forecast(
        days(20, () => 20),
        20,
      ),
    ).toMatchObject({ status: "reached", on: null });
    expect(
      forecast(
        days(20, () => 10),
        20,
        20,
      ),
    ).toMatchObject({ status: "reached" });
    expect(forecast([], 0)).toMatchObject({ status: "reached" });
  });

  it("is unlimited without a maximum", () => {
    expect(
      forecast(
        days(20, (place) => place),
        null,
      ),
    ).toMatchObject({ status: "unlimited", on: null, users: 19 });
  });

  it("looks no further than 365 days", () => {
    // One user in ten days. 365 days from the 1st of December is the 1st of December a year later.
    const points = days(30, (place) => place / 10);
    const reachedAfter = (count: number) => (29 + count) / 10;
    expect(forecast(points, reachedAfter(366)).on).toBe("2027-12-01");
    expect(forecast(points, reachedAfter(367)).on).toBeNull();
  });
});
