export type BenchmarkOptions = Readonly<Record<string, number>>;

/** Something that can be measured again, on any machine. */
export type Benchmark = {
  /** What it goes by on the command line. */
  readonly name: string;
  /** One line: what it measures. */
  readonly about: string;
  /** What can be chosen on the command line, as `--name 5`, and what it is otherwise: whole numbers above nought. */
  readonly options?: BenchmarkOptions;
  /** Measures, and tells what it found line by line. */
  readonly run: (print: (line: string) => void, options: BenchmarkOptions) => Promise<void>;
};

/** The middle of some measurements: one slow run does not move it. Of an even number, the mean of the middle two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN;
  return (low + high) / 2;
};

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
