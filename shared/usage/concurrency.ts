import type { EpochMs } from "../contract/time.ts";

/** When something ran: `from <= t < to`. */
export type Span = { from: EpochMs; to: EpochMs };

/**
 * The most spans that contain one moment of `from <= t < to`. Exact: a span that ends the moment another begins does
 * not overlap it, and a span of no length contains no moment.
 */
export const peakOf = (spans: Iterable<Span>, { from, to }: Span): number => {
  const begins: EpochMs[] = [];
  const ends: EpochMs[] = [];
  for (const span of spans) {
    const [begin, end] = [Math.max(span.from, from), Math.min(span.to, to)];
    if (begin >= end) continue;
    begins.push(begin);
    ends.push(end);
  }
  const byTime = (one: EpochMs, other: EpochMs) => one - other;
  ends.sort(byTime);
  let [peak, over] = [0, 0];
  for (const [index, begin] of begins.sort(byTime).entries()) {
    while ((ends[over] ?? Number.POSITIVE_INFINITY) <= begin) over += 1;
    peak = Math.max(peak, index + 1 - over);
  }
  return peak;
};
