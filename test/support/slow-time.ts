import timers, { setTimeout as timer } from "node:timers";

/** Timers of this length or longer are limits. Shorter ones are pauses, which stay as long as they are. */
const LIMIT_MS = 5_000;

/**
 * Lets time pass so many times slower in this process, also for handlers that it loads afterwards: clocks are slower, and limits
 * longer. A crowd that is served at once then meets the limits of a fast machine on a slow one, too. Returns what undoes it.
 */
export const slowTime = (factor: number): (() => void) => {
  const { now } = Date;
  const sinceOrigin = performance.now.bind(performance);
  const [startedAt, begunAt] = [now(), sinceOrigin()];
  Date.now = () => Math.floor(startedAt + (now() - startedAt) / factor);
  performance.now = () => begunAt + (sinceOrigin() - begunAt) / factor;
  const slower = Object.assign(
    (work: () => void, ms = 0, ...rest: []) => timer(work, ms < LIMIT_MS ? ms : ms * factor, ...rest),
    timer,
  );
  // The middleware takes it from the module.
  globalThis.setTimeout = slower;
  timers.setTimeout = slower;
  return () => {
    Date.now = now;
    performance.now = sinceOrigin;
    globalThis.setTimeout = timer;
    timers.setTimeout = timer;
  };
};
