import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CellValue, pageOf, searchRows, searchTexts, sortRows } from "../../../dashboard/model/table-rows.ts";

type Row = { name: string; count: number | null; id: number };

const columns = [
  { id: "name", value: (row: Row): CellValue => row.name },
  { id: "count", value: (row: Row): CellValue => row.count },
];

const row = (name: string, count: number | null, id = 0): Row => ({ name, count, id });

const rowsArbitrary = fc
  .array(fc.record({ name: fc.string({ maxLength: 5 }), count: fc.option(fc.integer({ min: 0, max: 5 })) }))
  .map((rows) => rows.map((one, id): Row => ({ ...one, id })));

describe("sorting", () => {
  it("orders names as people expect, with numbers in them compared as numbers", () => {
    const sorted = sortRows([row("node-10", 1), row("Node-9", 1), row("alpha", 1)], columns, {
      column: "name",
      direction: "ascending",
    });
    expect(sorted.map(({ name }) => name)).toEqual(["alpha", "Node-9", "node-10"]);
  });

  it.each(["ascending", "descending"] as const)(
    "%s keeps every row, orders them, and puts rows without a value last",
    (direction) => {
      fc.assert(
        fc.property(rowsArbitrary, (rows) => {
          const sorted = sortRows(rows, columns, { column: "count", direction });
          expect(new Set(sorted)).toEqual(new Set(rows));
          const counts = sorted.map(({ count }) => count);
          const known = counts.filter((count) => count !== null);
          expect(counts.slice(known.length).every((count) => count === null)).toBe(true);
          const ordered = known.toSorted((a, b) => (direction === "ascending" ? a - b : b - a));
          expect(known).toEqual(ordered);
        }),
      );
    },
  );

  it("keeps the order of equal rows", () => {
    fc.assert(
      fc.property(rowsArbitrary, (rows) => {
        const sorted = sortRows(rows, columns, { column: "count", direction: "descending" });
        sorted.slice(1).forEach((after, index) => {
          const before = sorted[index];
          if (before?.count === after.count) expect(before.id).toBeLessThan(after.id);
        });
      }),
    );
  });

  it("changes nothing for an unknown column", () => {
    const rows = [row("b", 1), row("a", 2)];
    expect(sortRows(rows, columns, undefined)).toEqual(rows);
    expect(sortRows(rows, columns, { column: "none", direction: "ascending" })).toEqual(rows);
  });
});

describe("searching", () => {
  const rows = [row("Ana Lima", 1), row("Ben Ito", 2)];
  const search = (text: string) => searchRows(rows, searchTexts(rows, columns), text).map(({ name }) => name);

  it("finds rows with every word, in any order and case", () => {
    expect(search("LIMA ana")).toEqual(["Ana Lima"]);
    expect(search("ana ito")).toEqual([]);
    expect(search("  ")).toEqual(["Ana Lima", "Ben Ito"]);
  });

  it("treats the search as text, not as a pattern", () => {
    expect(search(".*")).toEqual([]);
    expect(search("(")).toEqual([]);
  });
});

describe("pages", () => {
  it("contain every row once, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 20 }), (rows, size) => {
        const { pages } = pageOf(rows, 1, size);
        const all = Array.from({ length: pages }, (_, index) => pageOf(rows, index + 1, size).rows).flat();
        expect(all).toEqual(rows);
      }),
    );
  });

  it("past the end give the last one, because the number of rows can shrink", () => {
    expect(pageOf([1, 2, 3], 9, 2)).toEqual({ rows: [3], page: 2, pages: 2, first: 3 });
    expect(pageOf([], 9, 2)).toEqual({ rows: [], page: 1, pages: 1, first: 0 });
  });
});
