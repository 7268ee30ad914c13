/** The upper bounds of the duration buckets, in seconds. The last bucket has none: with it there are 24. */
export const DURATION_BOUNDS_SECONDS: readonly number[] = [
  10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 450, 600, 900, 1_200, 1_800, 2_700, 3_600, 7_200, 14_400, 28_800, 86_400,
  259_200, 604_800,
];

/** How many sessions of these durations are in each bucket. */
export const bucketsOf = (durations: readonly number[]): number[] => {
  const buckets = noBuckets();
  for (const seconds of durations) {
    const bound = DURATION_BOUNDS_SECONDS.findIndex((upTo) => seconds <= upTo);
    const place = bound === -1 ? DURATION_BOUNDS_SECONDS.length : bound;
    buckets[place] = (buckets[place] ?? 0) + 1;
  }
  return buckets;
};

/** Buckets without sessions. */
export const noBuckets = (): number[] => Array.from({ length: DURATION_BOUNDS_SECONDS.length + 1 }, () => 0);

/** The sum of two sets of buckets, or what there is of them. */
export const addBuckets = (
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
): readonly number[] | undefined =>
  one === undefined || other === undefined ? (one ?? other) : one.map((count, place) => count + (other[place] ?? 0));

/**
 * The duration in seconds that at least `percent` of the sessions do not exceed, rounded up to the bound of its bucket.
 * Undefined without sessions, and where that is the bucket without a bound.
 */
export const percentileSeconds = (buckets: readonly number[], percent: number): number | undefined => {
  const count = buckets.reduce((sum, bucket) => sum + bucket, 0);
  let below = 0;
  for (const [place, bucket] of buckets.entries()) {
    below += bucket;
    if (bucket > 0 && below * 100 >= count * percent) return DURATION_BOUNDS_SECONDS[place];
  }
  return undefined;
};
