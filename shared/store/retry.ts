import type { EpochMs } from "../contract/time.ts";
import { StoreUnavailable } from "./table.ts";

/** Time and randomness, as arguments, so that tests can control them. */
export type Pace = {
  now: () => EpochMs;
  sleep: (milliseconds: number) => Promise<void>;
  /** Uniform in [0, 1). */
  random: () => number;
};

/*
 * Chosen for the worst expected case: a thousand concurrent claims on one seat counter. DynamoDB runs one transaction at a
 * time there, about 50 to 100 a second, and throttles a partition at 1,000 write units a second, which is 250 claims. So a
 * thousand claims need ten seconds or more, and the deadline must end them, not the number of attempts. Shorter waits are
 * not faster: more attempts fail, and each costs as much as a successful one. Longer waits delay the last few. A single
 * conflict lasts 10 ms.
 */
const BASE_MS = 50;
const CAP_MS = 2_000;
const MAX_ATTEMPTS = 40;

/**
 * Repeats an attempt until it returns a value, with exponential back-off and full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"). An attempt returns undefined if it met a conflict. After the last attempt or the
 * deadline, it throws `StoreUnavailable`, which a client may retry.
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
