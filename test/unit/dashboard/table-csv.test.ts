import { describe, expect, it } from "vitest";
import { type CsvColumn, tableCsv } from "../../../dashboard/model/table-csv.ts";

type Row = { user: string; seen: string | null; seconds: number | null };

const COLUMNS: CsvColumn<Row>[] = [
  { id: "user", title: "User", value: ({ user }) => user },
  { id: "seen", title: "Last seen", value: ({ seen }) => seen },
  { id: "time", title: "Total time", unit: "seconds", value: ({ seconds }) => seconds },
  { id: "release", title: "Release", actions: true, value: () => null },
];

describe("a table as CSV", () => {
  it("has the titles with their units, and the exact values in the order of the rows, without the buttons", () => {
    const rows = [
      { user: 'zoë "Z", ops', seen: "2026-11-28T09:00:00.000Z", seconds: 90061.5 },
      { user: "ada", seen: "2026-11-27T09:00:00.000Z", seconds: 0 },
    ];
    expect(tableCsv(rows, COLUMNS)).toBe(
      [
        '"User","Last seen","Total time (seconds)"',
        '"zoë ""Z"", ops","2026-11-28T09:00:00.000Z",90061.5',
        '"ada","2026-11-27T09:00:00.000Z",0',
        "",
      ].join("\r\n"),
    );
  });

  it("opens no name as a formula, and leaves an unknown value empty", () => {
    const lines = tableCsv([{ user: "=1+1", seen: null, seconds: null }], COLUMNS).split("\r\n");
    expect(lines[1]).toBe(`"'=1+1","",""`);
  });
});
