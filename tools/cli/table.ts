import CliTable from "cli-table3";
import { safe } from "./text.ts";

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

const LAYOUT = { chars: NO_LINES, style: { "padding-left": 0, "padding-right": 0, head: [], border: [] } };

export type Cell = string | number | null;

/** Rows under a heading, without lines, as kubectl prints them. No cell can control the terminal; null is shown as `-`. */
export const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string => {
  const grid = new CliTable({ ...LAYOUT, head: head.map((title) => title.toUpperCase()) });
  for (const row of rows) grid.push(row.map((cell) => (cell === null || cell === "" ? "-" : safe(String(cell)))));
  return lines(grid.toString());
};

/** Names with their values, one per line. */
export const facts = (entries: readonly (readonly [name: string, value: Cell])[]): string => {
  const grid = new CliTable(LAYOUT);
  for (const [name, value] of entries) grid.push([name, value === null || value === "" ? "-" : safe(String(value))]);
  return lines(grid.toString());
};

const lines = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
