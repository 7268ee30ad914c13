import { type EpochMs, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";

/**
 * How far the operator's times are behind the agent's sight of them, in milliseconds: the delay of a watch, and the difference
 * of the two clocks.
 */
export type Lag = {
  /** Notes that a value was seen to change to this time. Returns when it would have been seen without an unusual delay. */
  onTime(value: EpochMs | undefined, at: EpochMs): EpochMs;
  /** What the next process needs to know the usual lag at once. */
  saved(): number[];
};

const SAMPLES = 63;
const ENOUGH = 8;
const NEW_MEDIAN_AFTER = 8;
// A sight counts as delayed from here on. Above a minute, a clock was set.
const DELAYED_MS = 2 * SECOND_MS;
const LONGEST_DELAY_MS = MINUTE_MS;

/**
 * While the API server is away, an operator cannot write that a session was active. It writes the time later, when the agent
 * watches again: the agent's own time of that change is too late by the outage. The other changes show the usual lag.
 */
export const createLag = (saved: readonly number[] = []): Lag => {
  const samples = saved.slice(0, SAMPLES);
  let count = samples.length;
  let median = count >= ENOUGH ? medianOf(samples) : undefined;
  return {
    onTime: (value, at) => {
      if (value === undefined) return at;
      const delay = median === undefined ? 0 : at - value - median;
      samples[count % SAMPLES] = at - value;
      count += 1;
      if (count >= ENOUGH && count % NEW_MEDIAN_AFTER === 0) median = medianOf(samples);
      return delay > DELAYED_MS && delay <= LONGEST_DELAY_MS ? at - delay : at;
    },
    saved: () => [...samples],
  };
};

const medianOf = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
