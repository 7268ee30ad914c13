import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import { finalFrom, lastFinalPeriod, readPeriod } from "../../../shared/reports/report-period.ts";

const LOST = 48 * HOUR_MS;
const AFTERWARDS = Date.parse("2040-01-01T00:00:00Z");

const read = (text: string, zone = "UTC", now = AFTERWARDS) => {
  const reading = readPeriod(text, zone, now);
  if (!reading.ok) throw new Error(reading.message);
  const { from, to, fromDay, toDay } = reading.period;
  return { from: formatTime(from), to: formatTime(to), days: `${fromDay}_${toDay}` };
};

describe("a period by its name", () => {
  // The weeks are those of ISO 8601: week 1 holds the year's first Thursday. The offsets are those of the IANA database.
  it.each([
    ["2026-10", "UTC", "2026-10-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z", "2026-10-01_2026-11-01"],
    ["2026-12", "UTC", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "2026-12-01_2027-01-01"],
    ["2028-02", "UTC", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z", "2028-02-01_2028-03-01"],
    ["2026-W41", "UTC", "2026-10-05T00:00:00.000Z", "2026-10-12T00:00:00.000Z", "2026-10-05_2026-10-12"],
    ["2026-W01", "UTC", "2025-12-29T00:00:00.000Z", "2026-01-05T00:00:00.000Z", "2025-12-29_2026-01-05"],
    ["2026-W53", "UTC", "2026-12-28T00:00:00.000Z", "2027-01-04T00:00:00.000Z", "2026-12-28_2027-01-04"],
    ["2026-03", "Europe/Berlin", "2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z", "2026-03-01_2026-04-01"],
    ["2026-W43", "Europe/Berlin", "2026-10-18T22:00:00.000Z", "2026-10-25T23:00:00.000Z", "2026-10-19_2026-10-26"],
    ["2026-10", "Asia/Kathmandu", "2026-09-30T18:15:00.000Z", "2026-10-31T18:15:00.000Z", "2026-10-01_2026-11-01"],
    ["2026-10", "America/New_York", "2026-10-01T04:00:00.000Z", "2026-11-01T04:00:00.000Z", "2026-10-01_2026-11-01"],
    ["2026-H1", "Europe/Berlin", "2025-12-31T23:00:00.000Z", "2026-06-30T22:00:00.000Z", "2026-01-01_2026-07-01"],
    ["2026-H2", "UTC", "2026-07-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "2026-07-01_2027-01-01"],
    ["2026", "America/New_York", "2026-01-01T05:00:00.000Z", "2027-01-01T05:00:00.000Z", "2026-01-01_2027-01-01"],
    // On the 4th clocks went from midnight to one.
    ["2018-W44", "America/Sao_Paulo", "2018-10-29T03:00:00.000Z", "2018-11-05T02:00:00.000Z", "2018-10-29_2018-11-05"],
  ])("%s in %s", (text, zone, from, to, days) => {
    expect(read(text, zone)).toEqual({ from, to, days });
  });

  it.each([
    "26",
    "2026-H3",
    "2026-H0",
    "2026-13",
    "2026-00",
    "2026-W54",
    "2025-W53",
    "2026-W00",
    "2026-1",
    "2026-10-01",
    "W41",
    "",
    "2026-10 ",
  ])("is none: %j", (text) => {
    expect(readPeriod(text, "UTC", AFTERWARDS)).toMatchObject({ ok: false });
  });

  it("is one only once it is over, to the millisecond, in its time zone", () => {
    const end = Date.parse("2026-10-31T23:00:00.000Z");
    expect(readPeriod("2026-10", "Europe/Berlin", end - 1)).toEqual({
      ok: false,
      message: "has not ended yet. Choose a period that is over",
    });
    expect(readPeriod("2026-10", "Europe/Berlin", end)).toMatchObject({ ok: true });
  });
});

const zone = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "America/Sao_Paulo",
  "Pacific/Apia",
);
const schedule = fc.constantFrom("weekly" as const, "monthly" as const);
const moment = fc.integer({ min: Date.parse("2008-01-01"), max: Date.parse("2036-01-01") });

describe("the last period that is final", () => {
  it("is the month before, from an hour after the hour at which operators lost in it are given up", () => {
    const due = Date.parse("2026-11-03T01:00:00Z");
    expect(lastFinalPeriod("monthly", "UTC", LOST, due)).toMatchObject({ fromDay: "2026-10-01", toDay: "2026-11-01" });
    expect(lastFinalPeriod("monthly", "UTC", LOST, due - 1)).toMatchObject({ fromDay: "2026-09-01" });
  });

  it("is a week from Monday to Monday", () => {
    const due = Date.parse("2026-10-14T01:00:00Z");
    expect(lastFinalPeriod("weekly", "UTC", LOST, due)).toMatchObject({ fromDay: "2026-10-05", toDay: "2026-10-12" });
    expect(lastFinalPeriod("weekly", "UTC", LOST, due - 1)).toMatchObject({ fromDay: "2026-09-28" });
  });

  it("is final, and the one after it is not, in every time zone", () => {
    fc.assert(
      fc.property(schedule, zone, moment, (of, timeZone, now) => {
        const last = lastFinalPeriod(of, timeZone, LOST, now);
        expect(finalFrom(last, LOST)).toBeLessThanOrEqual(now);
        expect(last.to).toBeGreaterThan(last.from);
        // The shortest that follows: a week that loses an hour, or a day, as one did in Apia.
        const next = lastFinalPeriod(of, timeZone, LOST, finalFrom(last, LOST) + 32 * DAY_MS);
        expect(next.from).toBeGreaterThanOrEqual(last.to);
        expect(lastFinalPeriod(of, timeZone, LOST, finalFrom(last, LOST) - 1).to).toBe(last.from);
      }),
    );
  });
});
