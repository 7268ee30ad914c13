import { type EpochMs, SECOND_MS } from "../../shared/contract/time.ts";

/** The clock of the API server less the agent's own, as the `Date` headers of its answers show it. */
export type ClockOffset = {
  /** Notes an answer. Returns the estimate in milliseconds; undefined if the answer had no date. */
  measure(date: EpochMs | undefined, sentAt: EpochMs, receivedAt: EpochMs): number | undefined;
  /** The estimate; 0 before the first answer. */
  current(): number;
};

// Two clocks drift apart by less than this share of the time that passes.
const DRIFT = 0.001;

/**
 * A `Date` has whole seconds, so that one answer leaves a second of doubt. All answers together leave less: each is a span
 * that the offset is in, and the estimate is the middle of what they have in common.
 */
export const createClockOffset = (): ClockOffset => {
  let span: { low: number; high: number; at: EpochMs } | undefined;
  const middle = (): number => (span === undefined ? 0 : Math.round((span.low + span.high) / 2));
  return {
    measure: (date, sentAt, receivedAt) => {
      if (date === undefined) return undefined;
      const next = { low: date - receivedAt, high: date + SECOND_MS - sentAt, at: receivedAt };
      const doubt = span === undefined ? 0 : Math.abs(receivedAt - span.at) * DRIFT;
      const low = Math.max(next.low, (span?.low ?? next.low) - doubt);
      const high = Math.min(next.high, (span?.high ?? next.high) + doubt);
      // Nothing in common: one of the clocks was set.
      span = low <= high ? { low, high, at: receivedAt } : next;
      return middle();
    },
    current: middle,
  };
};
