import { HOUR_MS, SECOND_MS } from "../../shared/contract/time.ts";
import type { Outcome } from "./call.ts";

/** Random numbers in [0, 1) that spread the retries of a fleet. */
export type Jitter = { next(): number };

const FIRST_MS = 500;
const LONGEST_MS = 30 * SECOND_MS;
const LONGEST_ASKED_MS = HOUR_MS;

/** Whether the same call may succeed later: no answer, too many calls, or a server error. */
export const isTransient = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === "lost" || (outcome.kind === "problem" && (outcome.status === 429 || outcome.status >= 500));

/**
 * How long to wait, in milliseconds, before the retry of a call that failed `attempt` times. `Retry-After` is a lower bound
 * of at most an hour, plus up to a quarter, so that a fleet with the same bound does not return at once. Without it the delay is random below a
 * limit that doubles with each attempt (full jitter).
 */
export const retryDelayMs = (outcome: Outcome<unknown>, attempt: number, random: Jitter): number => {
  const asked = outcome.kind === "problem" ? outcome.retryAfterMs : undefined;
  if (asked !== undefined) return Math.ceil(Math.min(asked, LONGEST_ASKED_MS) * (1 + random.next() / 4));
  return Math.ceil(random.next() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)));
};
