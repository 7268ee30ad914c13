import { expect, it } from "vitest";
import { DAY_MS, dayOf } from "../../../shared/contract/time.ts";
import { forecastPoints, forecastSeats } from "../../../shared/seats/forecast.ts";
import type { SeatDay } from "../../../shared/seats/seat-days.ts";

const FIRST = Date.parse("2026-11-01T00:00:00Z");

/** A history from the 1st of November on. A day without a number is one that is not known. */
const history = (held: readonly (number | undefined)[], max: (place: number) => number = () => 20) =>
  new Map(
    held.flatMap((number, place): [string, SeatDay][] => {
      if (number === undefined) return [];
      const decided = {
        ...{ held: number, overage: 0, denials: 0, releases: 0, max: max(place), books: ["b"] },
        trackingMode: "ClientCertificate" as const,
        ...(place < 29 ? {} : { trailingUsers: number }),
      };
      return [[dayOf(FIRST + place * DAY_MS), { decided, used: undefined }]];
    }),
  );
const days = <T>(count: number, of: (place: number) => T) => Array.from({ length: count }, (_, place) => of(place));

it("floating seats have no point in their first six days, and from then on the most held in seven", () => {
  expect(forecastPoints("floating", history([3, 9, 4, 5, 1, 2]))).toEqual([]);
  expect(forecastPoints("floating", history([3, 9, 4, 5, 1, 2, 6, 2, 2]))).toEqual([
    { day: "2026-11-07", users: 9 },
    { day: "2026-11-08", users: 9 },
    { day: "2026-11-09", users: 6 },
  ]);
});

it("an unknown day takes away the seven points whose window contains it", () => {
  const known = days(20, (place) => (place === 9 ? undefined : 5));
  const points = forecastPoints("floating", history(known)).map(({ day }) => day);
  expect(points).toEqual([
    "2026-11-07",
    "2026-11-08",
    "2026-11-09",
    "2026-11-17",
    "2026-11-18",
    "2026-11-19",
    "2026-11-20",
  ]);
});

it("holidays of six days leave the series of floating seats flat, and those of ten make a dip of four", () => {
  const users = (holidays: number) =>
    forecastPoints("floating", history(days(30, (place) => (place >= 10 && place < 10 + holidays ? 2 : 12)))).map(
      (point) => point.users,
    );
  expect(users(6)).toEqual(Array(24).fill(12));
  // The 17th to the 20th have only holidays in their windows.
  expect(users(10)).toEqual([...Array(10).fill(12), ...Array(4).fill(2), ...Array(10).fill(12)]);
});

it("period seats have a point from the thirtieth day on, and none for days without that number", () => {
  expect(forecastPoints("period", history(days(31, (place) => place)))).toEqual([
    { day: "2026-11-30", users: 29 },
    { day: "2026-12-01", users: 30 },
  ]);
});

it("a license that changed in between moves the maximum and leaves the series as it is", () => {
  const rising = days(30, (place) => place + 1);
  const points = forecastPoints("floating", history(rising));
  expect(
    forecastPoints(
      "floating",
      history(rising, (place) => (place < 15 ? 10 : 40)),
    ),
  ).toEqual(points);
  // 30 on the last day and one more each day: 40 ten days later, 60 thirty days later.
  const at = (max: number) => forecastSeats(points, { max, used: 0, now: FIRST + 30 * DAY_MS }).on;
  expect([at(40), at(60)]).toEqual(["2026-12-10", "2026-12-30"]);
});

it("a falling series with scatter has a negative slope, and no limit of its band meets the maximum", () => {
  // The least-squares slope is -0.47692 and the residual deviation 0.80384: the upper limit is 9.2 on the first day ahead.
  const points = [14, 15, 13, 14, 12, 13, 11, 12, 10, 11, 9, 10, 8, 9].map((users, place) => ({
    day: dayOf(FIRST + place * DAY_MS),
    users,
  }));
  const { growthPerDay, ...found } = forecastSeats(points, { max: 16, used: 0, now: FIRST + 14 * DAY_MS });
  expect(growthPerDay).toBeCloseTo(-0.476923, 6);
  expect(found).toEqual({ status: "forecast", users: 9, on: null, earliest: null, latest: null });
});
