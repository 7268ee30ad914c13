/** A quantity measured over time: seconds since the beginning, and its value. */
export type Point = { at: number; value: number };

export type Growth = {
  /** By how much it grows a minute, by the Theil-Sen estimator. */
  perMinute: number;
  /** The median of the first and of the last quarter of the time. */
  first: number;
  last: number;
};

/**
 * How a quantity grows once it is warm. The median of the slopes between all pairs of points (Theil, 1950; Sen, 1968) is not moved
 * by less than 29 % of outliers, as what a garbage collection leaves behind is.
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
  /** What may come on top between the first and the last quarter, whatever the time: noise. */
  most: number;
  /** And for each minute between them. */
  perMinute: number;
};

/**
 * Whether that is growth: the level has risen by more than noise, and the slope says that it goes on rising. Both, since a
 * single late step is none, nor is a slope within the noise.
 */
export const isGrowth = ({ perMinute, first, last }: Growth, minutes: number, tolerance: Tolerance): boolean =>
  last - first > tolerance.most + tolerance.perMinute * minutes * BETWEEN_QUARTERS && perMinute > tolerance.perMinute;

/** Between the middles of the first and the last quarter lie three quarters of the time. */
const BETWEEN_QUARTERS = 0.75;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};
