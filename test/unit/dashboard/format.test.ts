import { describe, expect, it } from "vitest";
import { createFormats } from "../../../dashboard/model/format.ts";

const english = createFormats("en-GB", "Europe/Berlin");

describe("durations", () => {
  it.each([
    [0, "0s"],
    [13, "13s"],
    [59.6, "1m"],
    [60, "1m"],
    [61, "1m 1s"],
    [3_599, "59m 59s"],
    [3_600, "1h"],
    [3_660, "1h 1m"],
    [86_400 + 29, "24h"],
    [86_399, "24h"],
    [371_970, "103h 20m"],
  ])("of %s seconds read %s: the two largest units, rounded", (seconds, text) => {
    expect(english.duration(seconds)).toBe(text);
  });

  it("have their hours grouped as the language does", () => {
    expect(english.duration(10_411_475)).toBe("2,892h 5m");
  });
});

describe("times", () => {
  it("stand in the reader's zone, and in UTC where that is asked for", () => {
    expect(english.time("2026-11-20T23:30:00Z")).toBe("21 Nov 2026, 00:30");
    expect(english.utc("2026-11-20T23:30:00Z")).toBe("20 Nov 2026, 23:30:00 UTC");
  });

  it("that are days stay the same day in every zone", () => {
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
      expect(createFormats("en-GB", zone).day("2026-11-20")).toBe("20 Nov 2026");
  });
});

describe("numbers", () => {
  it("of things agree with the noun", () => {
    const told = [0, 1, 2_345].map((value) => english.count(value, "session"));
    expect(told).toEqual(["0 sessions", "1 session", "2,345 sessions"]);
  });

  it("follow the reader's language", () => {
    expect(english.number(12_345)).toBe("12,345");
    expect(createFormats("de").number(12_345)).toBe("12.345");
    expect(english.decimal(1.239)).toBe("1.24");
    expect(english.percent(0.10417)).toBe("10.4%");
    expect(createFormats("en-US").money(125_000.4, "USD")).toBe("$125,000");
  });
});
