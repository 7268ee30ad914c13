import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fragmentOf, readFragment } from "../../../dashboard/model/place.ts";
import { readTablePlace, withTablePlace } from "../../../dashboard/model/table-place.ts";

const tablePlace = fc.record({
  search: fc.string(),
  sort: fc.option(
    fc.record({
      column: fc.stringMatching(/^[a-z]+$/),
      direction: fc.constantFrom("ascending" as const, "descending" as const),
    }),
    { nil: undefined },
  ),
});

describe("the address of a table", () => {
  it("restores its search and sort order, and no other table's", () => {
    fc.assert(
      fc.property(tablePlace, tablePlace, (users, targets) => {
        const rest = withTablePlace(withTablePlace({}, "users", users), "targets", targets);
        const { place } = readFragment(fragmentOf({ view: "users", range: "30", by: "username", rest }));
        expect(readTablePlace(place.rest, "users")).toEqual(users);
        expect(readTablePlace(place.rest, "targets")).toEqual(targets);
        expect(readTablePlace(place.rest, "seats")).toEqual({ search: "", sort: undefined });
      }),
    );
  });

  it("keeps other parameters and drops cleared ones", () => {
    const sorted = { search: "ana lima", sort: { column: "time", direction: "descending" } } as const;
    const rest = withTablePlace({ other: "1" }, "users", sorted);
    expect(rest).toEqual({ other: "1", "search.users": "ana lima", "sort.users": "-time" });
    expect(withTablePlace(rest, "users", { search: "", sort: undefined })).toEqual({ other: "1" });
  });
});
