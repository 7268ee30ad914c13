import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DAY_MS,
  dayOf,
  daysInMonth,
  formatTime,
  MINUTE_MS,
  monthOf,
  nextMonth,
  parseTime,
  startOf,
} from "../../../shared/contract/time.ts";

const FIRST = Date.parse("0000-01-01T00:00:00.000Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

const moments = fc.integer({ min: FIRST, max: LAST });
// Far enough inside the four-digit years that no offset leads out of them.
const innerMoments = fc.integer({ min: FIRST + DAY_MS, max: LAST - DAY_MS });
const pad = (value: number): string => String(value).padStart(2, "0");

describe("parseTime", () => {
  it("reads back whatever formatTime writes", () => {
    fc.assert(
      fc.property(moments, (time) => {
        expect(parseTime(formatTime(time))).toBe(time);
      }),
    );
  });

  it("reads a moment alike in every offset", () => {
    fc.assert(
      fc.property(innerMoments, fc.integer({ min: -1439, max: 1439 }), (time, minutes) => {
        const wall = formatTime(time + minutes * MINUTE_MS).slice(0, -1);
        const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        expect(parseTime(`${wall}${minutes < 0 ? "-" : "+"}${pad(hours)}:${pad(rest)}`)).toBe(time);
      }),
    );
  });

  it("accepts exactly the days that exist", () => {
    const parts = fc.tuple(
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(parts, ([year, month, day]) => {
        const text = `${String(year).padStart(4, "0")}-${pad(month)}-${pad(day)}T12:00:00Z`;
        const time = parseTime(text);
        // A calendar that rolls over gives another day back for one that does not exist.
        const rolled = new Date(FIRST);
        rolled.setUTCFullYear(year, month - 1, day);
        const exists = rolled.getUTCMonth() === month - 1 && rolled.getUTCDate() === day;
        expect(time === undefined ? undefined : formatTime(time).slice(0, 10)).toBe(
          exists ? text.slice(0, 10) : undefined,
        );
      }),
    );
  });

  it.each([
    ["2026-11-20T08:00:00Z", "2026-11-20T08:00:00.000Z"],
    ["2026-11-20t08:00:00z", "2026-11-20T08:00:00.000Z"],
    ["2026-11-20T08:00:00.5Z", "2026-11-20T08:00:00.500Z"],
    ["2026-11-20T08:00:00.123456789Z", "2026-11-20T08:00:00.123Z"],
    ["2026-11-20T08:00:00-00:00", "2026-11-20T08:00:00.000Z"],
    ["2026-03-01T00:30:00+05:45", "2026-02-28T18:45:00.000Z"],
    ["2024-02-29T23:59:59-23:59", "2024-03-01T23:58:59.000Z"],
    ["0000-02-29T00:00:00Z", "0000-02-29T00:00:00.000Z"],
  ])("reads %s as %s", (text, meant) => {
    const time = parseTime(text);
    expect(time === undefined ? undefined : formatTime(time)).toBe(meant);
  });

  it.each([
    "",
    "now",
    "2026-11-20",
    "2026-11-20T08:00:00",
    "2026-11-20 08:00:00Z",
    "2026-11-20T08:00Z",
    "2026-11-20T08:00:00.Z",
    "2026-11-20T08:00:00+0100",
    "2026-11-20T08:00:00+24:00",
    "2026-11-20T08:00:00+01:60",
    "2026-11-20T24:00:00Z",
    "2026-11-20T25:00:00Z",
    "2026-11-20T08:60:00Z",
    "2026-11-20T08:00:60Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-13-10T00:00:00Z",
    "+012026-11-20T08:00:00Z",
    "٢٠٢٦-11-20T08:00:00Z",
    "2026-11-20T08:00:00Z\n",
    " 2026-11-20T08:00:00Z",
    "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "1795161600000",
  ])("refuses %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe("formatTime", () => {
  it("writes times so that they sort as text the way they sort in time", () => {
    fc.assert(
      fc.property(moments, moments, (one, other) => {
        expect(formatTime(one) < formatTime(other)).toBe(one < other);
      }),
    );
  });
});

describe("days and months", () => {
  it("put every moment into the day and the month it lies in", () => {
    fc.assert(
      fc.property(innerMoments, (time) => {
        const day = startOf(dayOf(time));
        expect(day).toBeLessThanOrEqual(time);
        expect(time).toBeLessThan(day + DAY_MS);
        expect(startOf(monthOf(time))).toBeLessThanOrEqual(time);
        expect(dayOf(time).startsWith(monthOf(time))).toBe(true);
      }),
    );
  });

  it("let a month last until the next one begins", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 9998 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
        const name = `${String(year).padStart(4, "0")}-${pad(month)}`;
        expect(startOf(nextMonth(name)) - startOf(name)).toBe(daysInMonth(year, month) * DAY_MS);
      }),
    );
  });

  it("turn the year after December", () => {
    expect(nextMonth("2026-12")).toBe("2027-01");
  });

  it.each([
    [2026, 1, 31],
    [2026, 2, 28],
    [2024, 2, 29],
    [1900, 2, 28],
    [2000, 2, 29],
    [2026, 4, 30],
    [2026, 12, 31],
  ])("give %i-%i its %i days", (year, month, days) => {
    expect(daysInMonth(year, month)).toBe(days);
  });
});
