import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RANGES, rangeStart, trendDays } from "../../../dashboard/model/period.ts";
import { fragmentOf, type Place, readFragment, USER_KEYS, VIEWS } from "../../../dashboard/model/place.ts";

const home: Place = { view: "usage", range: "30", by: "username", rest: {} };

describe("the fragment", () => {
  it("of every place leads back to that place", () => {
    const known = new Set(["token", "range", "by", "view", "__proto__"]);
    const place = fc.record({
      view: fc.constantFrom(...VIEWS.map(({ id }) => id)),
      range: fc.constantFrom(...RANGES),
      by: fc.constantFrom(...USER_KEYS.map(({ id }) => id)),
      rest: fc.dictionary(
        fc.string().filter((name) => !known.has(name)),
        fc.string(),
        { noNullPrototype: true },
      ),
    });
    fc.assert(
      fc.property(place, (given) => {
        expect(readFragment(fragmentOf(given))).toEqual({ place: given, token: undefined });
      }),
    );
  });

  it.each(["", "#", "#/", "#/nowhere", "#/usage?range=5&by=nobody", "#nonsense"])(
    "%j leads to the default view",
    (fragment) => {
      const { view, range, by } = readFragment(fragment).place;
      expect({ view, range, by }).toEqual({ view: "usage", range: "30", by: "username" });
    },
  );

  it("may contain a token, with or without a place", () => {
    expect(readFragment("#token=a.b.c")).toEqual({ token: "a.b.c", place: home });
    expect(readFragment("#/seats?range=7&token=a.b.c")).toEqual({
      token: "a.b.c",
      place: { ...home, view: "seats", range: "7" },
    });
    expect(readFragment("#token=a.b.c&view=live").place.view).toBe("live");
    expect(readFragment("#token=").token).toBeUndefined();
  });

  it("of a place never contains the token", () => {
    expect(fragmentOf(readFragment("#/seats?token=a.b.c").place)).toBe("#/seats");
  });
});

describe("a range", () => {
  const now = Date.parse("2026-11-20T08:06:45Z");

  it("starts at midnight UTC, so that the report and the trends count the same days", () => {
    expect(rangeStart("7", now)).toBe("2026-11-14T00:00:00.000Z");
    expect(rangeStart("30", now)).toBe("2026-10-22T00:00:00.000Z");
    expect(trendDays("7")).toBe(7);
  });

  it("of all time has no start, and the most days of trends that the server returns", () => {
    expect(rangeStart("all", now)).toBeUndefined();
    expect(trendDays("all")).toBe(366);
  });
});
