import { describe, expect, it } from "vitest";
import { compareWith, explainedIn, templateChanges } from "../../../tools/verify/upgrade/template-diff.ts";

const before = {
  Resources: {
    Kept: { Type: "A::B", Properties: { Same: 1, Deep: { X: 1, Y: { Ref: "Old" } } }, Metadata: { path: "old" } },
    Gone: { Type: "A::Gone" },
  },
  Outputs: { Url: { Value: "one" } },
};
const after = {
  Resources: {
    Kept: { Type: "A::B", Properties: { Same: 1, Deep: { X: 2, Y: { Ref: "New" } } }, Metadata: { path: "new" } },
    New1: { Type: "A::New" },
    New2: { Type: "A::New" },
  },
  Outputs: { Url: { Value: "two" } },
};
const changes = templateChanges("Data", before, after);

describe("the difference between two templates", () => {
  it("has each resource that is added or removed, each changed part and each output, grouped by type", () => {
    expect(changes).toEqual([
      { stack: "Data", type: "A::B", what: "Properties.Deep.X", ids: ["Kept"] },
      { stack: "Data", type: "A::B", what: "Properties.Deep.Y", ids: ["Kept"] },
      { stack: "Data", type: "A::Gone", what: "removed", ids: ["Gone"] },
      { stack: "Data", type: "A::New", what: "added", ids: ["New1", "New2"] },
      { stack: "Data", type: "Output", what: "Value", ids: ["Output Url"] },
    ]);
  });

  const document = (...rows: string[]) =>
    ["", "### Every line", "| head |", ...rows, "", "## Next", ROW("A::Gone", "added")].join("\n");
  const ROW = (type: string, what: string) => `| Data | \`${type}\` | ${what} | because |`;

  it("is explained where the document has a row for it", () => {
    const rows = explainedIn(
      document(ROW("A::B", "`Deep.*`"), ROW("A::Gone", "removed"), ROW("A::New", "added"), ROW("Output", "`Value`")),
    );
    expect(compareWith(rows, changes)).toEqual({ unexplained: [], stale: [] });
  });

  it("is not explained by a row of another type, part or stack; a row without a difference is stale", () => {
    const rows = explainedIn(document(ROW("A::B", "`Deep.X`, `Deep.Z`"), ROW("A::New", "removed")));
    const { unexplained, stale } = compareWith(rows, changes);
    expect(unexplained.map(({ type, what }) => `${type} ${what}`)).toEqual([
      ...["A::B Properties.Deep.Y", "A::Gone removed", "A::New added", "Output Value"],
    ]);
    expect(stale.map(({ type, what }) => `${type} ${what}`)).toEqual(["A::B Deep.Z", "A::New removed"]);
  });
});
