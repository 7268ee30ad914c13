import { type EpochMs, HOUR_MS, SECOND_MS } from "../contract/time.ts";

/** How long a value read is used before it is read again, unless its source says otherwise. */
const FRESH_MS = 60 * SECOND_MS;
/** How long the last good value is used while its source cannot be reached. */
const LAST_GOOD_MS = HOUR_MS;
/** How long no reading is tried after a failed one, so that an outage of the source does not slow every request. */
const RETRY_AFTER_MS = 5 * SECOND_MS;

/** The source failed, and there is no copy that is young enough. */
export class SourceUnavailable extends Error {
  override readonly name = "SourceUnavailable";
}

/**
 * Keeps a value for at most `freshMs`, 60 seconds by default. If the source fails, the last good value is used for up to an hour, and `onStale`
 * is called. After that, or without one, callers get `SourceUnavailable`. Concurrent callers share a read.
 */
export const cached = <T>(
  read: () => Promise<T>,
  now: () => EpochMs,
  onStale: (error: unknown, ageMs: number) => void,
  freshMs = FRESH_MS,
): (() => Promise<T>) => {
  let good: { value: T; readAt: EpochMs } | undefined;
  let failed: { error: unknown; at: EpochMs } | undefined;
  let reading: Promise<T> | undefined;

  const lastGood = (): T => {
    if (good !== undefined && now() - good.readAt < LAST_GOOD_MS) return good.value;
    throw new SourceUnavailable("cannot be read", { cause: failed?.error });
  };

  const refresh = async (): Promise<T> => {
    const readAt = now();
    try {
      const value = await read();
      // The age counts from before the read: the value may have changed right after the request was sent.
      good = { value, readAt };
      failed = undefined;
      return value;
    } catch (error) {
      // From the failure: a source that hangs may need longer to fail than the pause lasts.
      failed = { error, at: now() };
      if (good !== undefined) onStale(error, readAt - good.readAt);
      return lastGood();
    } finally {
      reading = undefined;
    }
  };

  return async () => {
    if (good !== undefined && now() - good.readAt < freshMs) return good.value;
    if (failed !== undefined && now() - failed.at < RETRY_AFTER_MS) return lastGood();
    reading ??= refresh();
    return reading;
  };
};
