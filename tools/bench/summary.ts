import { type Figure, type Goal, isReached } from "./figure.ts";

/** What a benchmark found. */
export type Found = { readonly name: string; readonly figures: readonly Figure[] };

const HEADING = ["benchmark", "what", "value", "baseline", "ratio", "goal", ""];
const NUMBERS = new Set([2, 4, 5]);

/** All figures of a run as one table, in Markdown whose columns also line up in a terminal. */
export const summaryLines = (found: readonly Found[]): string[] => {
  const rows = found.flatMap(({ name, figures }) => figures.map((figure) => cellsOf(name, figure)));
  const widths = HEADING.map((title, column) => Math.max(3, title.length, ...rows.map((row) => lengthAt(row, column))));
  const rule = widths.map((width, column) => `${"-".repeat(width - 1)}${NUMBERS.has(column) ? ":" : "-"}`);
  return [HEADING, rule, ...rows].map(
    (cells) => `| ${widths.map((width, at) => padded(cells, at, width)).join(" | ")} |`,
  );
};

const cellsOf = (name: string, figure: Figure): string[] => {
  const { what, value, baseline, ratio, goal } = figure;
  const reached = isReached(figure);
  const verdict = reached === undefined ? "" : reached ? "reached" : "MISSED";
  return [
    name,
    what,
    value,
    baseline,
    ratio === undefined ? "" : ratioText(ratio),
    goal ? goalText(goal) : "",
    verdict,
  ];
};

const goalText = (goal: Goal): string => ("atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`);

// Three significant digits, for ratios are from thousandths to thousands.
const ratioText = (ratio: number): string => {
  if (!Number.isFinite(ratio)) return "none";
  if (ratio >= 100) return ratio.toLocaleString("en-US", { maximumFractionDigits: 0 });
  return ratio >= 1 || ratio === 0 ? ratio.toFixed(2) : ratio.toPrecision(2);
};

const lengthAt = (row: readonly string[], column: number): number => (row[column] ?? "").length;

const padded = (cells: readonly string[], column: number, width: number): string => {
  const text = cells[column] ?? "";
  return NUMBERS.has(column) ? text.padStart(width) : text.padEnd(width);
};
