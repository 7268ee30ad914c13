import { describe, expect, it } from "vitest";
import { asSentence, createFormats } from "../../../dashboard/model/format.ts";

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
  ])("of %s seconds are %s: the two largest units, rounded", (seconds, text) => {
    expect(english.duration(seconds)).toBe(text);
  });

  it("group the digits of hours as the language does", () => {
    expect(english.duration(10_411_475)).toBe("2,892h 5m");
  });
});

describe("times", () => {
  it("are in the reader's zone, or in UTC on request", () => {
    expect(english.time("2026-11-20T23:30:00Z")).toBe("21 Nov 2026, 00:30");
    expect(english.utc("2026-11-20T23:30:00Z")).toBe("20 Nov 2026, 23:30:00 UTC");
  });

  it("given as a day are the same day in every zone", () => {
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
      expect(createFormats("en-GB", zone).day("2026-11-20")).toBe("20 Nov 2026");
  });
});

describe("a time axis", () => {
  const at = (...times: string[]) => times.map((time) => Date.parse(time) / 1_000);

  it("names days as the language does, and the year at the first label and each new year", () => {
    const days = at("2026-12-30T00:00:00Z", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z");
    expect(english.axisLabels(days, 86_400, "UTC")).toEqual(["30 Dec\n2026", "31 Dec", "1 Jan\n2027"]);
    expect(createFormats("en-US").axisLabels(days.slice(0, 1), 86_400, "UTC")).toEqual(["Dec 30\n2026"]);
  });

  it("names months on a long axis, and hours in the reader's zone on a short one", () => {
    const months = at("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z");
    expect(english.axisLabels(months, 2_592_000, "UTC")).toEqual(["Nov\n2026", "Jan\n2027"]);
    const hours = at("2026-11-20T22:00:00Z", "2026-11-20T23:00:00Z");
    expect(english.axisLabels(hours, 3_600)).toEqual(["23:00\n20 Nov", "00:00\n21 Nov"]);
  });
});

describe("the reader's zone", () => {
  it("is named with its offset from UTC at the time", () => {
    expect(english.zone(Date.parse("2026-11-20T12:00:00Z"))).toBe("Europe/Berlin (GMT+1)");
    expect(english.zone(Date.parse("2026-07-20T12:00:00Z"))).toBe("Europe/Berlin (GMT+2)");
    expect(createFormats("en-GB", "UTC").zone(0)).toBe("UTC");
  });
});

describe("an error detail of the server", () => {
  it.each([
    ["no license has been put on this server yet", "No license has been put on this server yet."],
    ["Try again!", "Try again!"],
  ])("becomes a sentence: %s", (detail, sentence) => {
    expect(asSentence(detail)).toBe(sentence);
  });
});

describe("numbers", () => {
  it("agree with the noun that they count", () => {
    const counts = [0, 1, 2_345].map((value) => english.count(value, "session"));
    expect(counts).toEqual(["0 sessions", "1 session", "2,345 sessions"]);
  });

  it("follow the reader's language", () => {
    expect(english.number(12_345)).toBe("12,345");
    expect(createFormats("de").number(12_345)).toBe("12.345");
    expect(english.decimal(1.239)).toBe("1.24");
    expect([5, 6.237].map(english.rate)).toEqual(["5.00", "6.24"]);
    expect(english.percent(0.10417)).toBe("10.4%");
    expect(createFormats("en-US").money(125_000.4, "USD")).toBe("$125,000");
  });
});
