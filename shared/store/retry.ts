import type { EpochMs } from "../contract/time.ts";
import { StoreUnavailable } from "./table.ts";

/** Time and chance, handed in so that tests need neither sleep nor luck. */
export type Pace = {
  now: () => EpochMs;
  sleep: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  random: () => number;
};

const BASE_MS = 20;
const CAP_MS = 1_000;
const MAX_ATTEMPTS = 30;

/**
 * Tries until an attempt gives a value, with exponential back-off and full jitter between attempts
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"). An attempt that returns undefined lost a race and is tried
 * again; past the bound or the deadline it ends in `StoreUnavailable`, which a client may retry.
 */
export const retrying = async <T>(
  pace: Pace,
  deadline: EpochMs,
  attempt: (number: number) => Promise<T | undefined>,
): Promise<T> => {
  for (let number = 0; number < MAX_ATTEMPTS; number += 1) {
    const value = await attempt(number);
    if (value !== undefined) return value;
    const wait = pace.random() * Math.min(CAP_MS, BASE_MS * 2 ** number);
    if (pace.now() + wait >= deadline) break;
    await pace.sleep(wait);
  }
  throw new StoreUnavailable("too much contention");
};
