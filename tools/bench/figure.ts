/** What a figure's ratio is held against. */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the summary: a quantity beside what it is to be judged by, both of the same run. */
export type Figure = {
  readonly what: string;
  /** With its unit. Absolute times are those of the machine that the run was made on. */
  readonly value: string;
  /** What it stands beside, and how much that is. */
  readonly baseline: string;
  /** The value by the baseline. Of times and rates the median of the rounds' ratios. Undefined where there is none. */
  readonly ratio: number | undefined;
  readonly goal?: Goal;
};

/** Whether a figure reaches its goal; undefined for a figure without one. */
export const isReached = ({ ratio, goal }: Figure): boolean | undefined => {
  if (goal === undefined) return undefined;
  if (ratio === undefined) return false;
  return "atMost" in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
};
