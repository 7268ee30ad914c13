import type { Figure } from "./figure.ts";

export type BenchmarkOptions = Readonly<Record<string, number>>;

/** Something that can be measured again, on any machine. */
export type Benchmark = {
  /** What it goes by on the command line. */
  readonly name: string;
  /** One line: what it measures. */
  readonly about: string;
  /** What can be chosen on the command line, as `--name 5`, and what it is otherwise: whole numbers above nought. */
  readonly options?: BenchmarkOptions;
  /** What those options are instead where all benchmarks are run, so that the whole stays within a quarter of an hour. */
  readonly amongAll?: BenchmarkOptions;
  /** Measures, prints what it found line by line, and returns the figures for the summary. */
  readonly run: (print: (line: string) => void, options: BenchmarkOptions) => Promise<readonly Figure[]>;
};

/** The middle of some measurements: one slow run does not move it. Of an even number, the mean of the middle two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN;
  return (low + high) / 2;
};

/**
 * The median of what one thing took by what another took in the same round: what the machine did beside in a round falls
 * on both, and out of their ratio.
 */
export const medianRatio = (values: readonly number[], baselines: readonly number[]): number =>
  median(values.slice(0, baselines.length).map((value, round) => value / (baselines[round] ?? Number.NaN)));

/** Rows under a heading, in columns as wide as they need; the first column to the left, the others to the right. */
export const tableLines = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all.map((row) =>
    widths
      .map((width, column) => (column === 0 ? (row[column] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
      .join("  ")
      .trimEnd(),
  );
};
