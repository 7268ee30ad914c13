import type { EpochMs } from "../contract/time.ts";
import { StoreUnavailable } from "./table.ts";

/** Time and chance, handed in so that tests need neither sleep nor luck. */
export type Pace = {
  now: () => EpochMs;
  sleep: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  random: () => number;
};

/*
 * Chosen for the worst that is to be expected: a thousand claims at once on one seat counter. DynamoDB lets one transaction
 * at a time through there, some 50 to 100 a second, and throttles a partition at 1,000 write units a second, which is 250
 * claims. So the thousand need ten seconds or more whatever the waits are, and only the deadline may end them: a bound on
 * the attempts must not be reached before it. Shorter waits do not make it faster: they make more attempts fail, each of
 * which costs as much as one that succeeds. Longer ones leave the last few asleep. A single conflict is over in 10 ms.
 */
const BASE_MS = 50;
const CAP_MS = 2_000;
const MAX_ATTEMPTS = 40;

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
