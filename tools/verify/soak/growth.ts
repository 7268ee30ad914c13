/** A measurement: seconds since the start, and the value. */
export type Point = { at: number; value: number };

export type Growth = {
  /** The growth per minute (Theil-Sen estimator). */
  perMinute: number;
  /** The median of the first and of the last quarter of the time. */
  first: number;
  last: number;
};

/**
 * The growth of a quantity after the warm-up. The median of the slopes between all pairs of points (Theil, 1950; Sen, 1968)
 * tolerates up to 29 % outliers, such as the garbage before a collection.
 */
export const growthOf = (points: readonly Point[]): Growth => {
  const slopes: number[] = [];
  for (const [index, one] of points.entries())
    for (const other of points.slice(index + 1))
      if (other.at > one.at) slopes.push((other.value - one.value) / (other.at - one.at));
  const quarter = Math.max(1, Math.floor(points.length / 4));
  const values = points.map(({ value }) => value);
  return {
    perMinute: median(slopes) * 60,
    first: median(values.slice(0, quarter)),
    last: median(values.slice(-quarter)),
  };
};

export type Tolerance = {
  /** The noise: how much the value may rise from the first to the last quarter. */
  most: number;
  /** The rise per minute that is also accepted. */
  perMinute: number;
};

/**
 * Whether a quantity grows: its level has risen by more than the noise, and the slope shows that it continues. Both are
 * required, because neither a single late step nor a slope within the noise is growth.
 */
export const isGrowth = ({ perMinute, first, last }: Growth, minutes: number, tolerance: Tolerance): boolean =>
  last - first > tolerance.most + tolerance.perMinute * minutes * BETWEEN_QUARTERS && perMinute > tolerance.perMinute;

/** The share of the time between the middles of the first and the last quarter. */
const BETWEEN_QUARTERS = 0.75;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};
