import type { JobName } from "../../shared/contract/functions.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";

/** Calls once after a delay, unless it is cancelled first. Does not keep the process alive. */
export type After = (milliseconds: number, call: () => void) => { cancel(): void };

export type ScheduleOptions = {
  jobs: readonly { name: JobName; everyMinutes: number }[];
  run: (name: JobName) => Promise<unknown>;
  /** Called for every run that failed; the next run still comes. */
  onFailure: (name: JobName, error: unknown) => void;
  after?: After;
};

export type Schedule = {
  /** Starts no more runs. Resolves when the current ones have ended, or after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** The delay before the first run: long enough for operators that ran without the server to connect again. */
export const FIRST_RUN_MS = 2 * MINUTE_MS;

/**
 * Runs jobs automatically, as the deployed schedules do: each one soon, then again at its interval after the last run has
 * ended. A job never runs twice at the same time.
 */
export const startSchedule = ({ jobs, run, onFailure, after = laterUnref }: ScheduleOptions): Schedule => {
  const waiting = new Map<JobName, { cancel(): void }>();
  const running = new Map<JobName, Promise<void>>();
  let stopped = false;

  const runLater = (job: ScheduleOptions["jobs"][number], milliseconds: number): void => {
    if (stopped) return;
    const begin = () => {
      const ended = runOnce(job.name).then(() => {
        running.delete(job.name);
        runLater(job, job.everyMinutes * MINUTE_MS);
      });
      running.set(job.name, ended);
    };
    waiting.set(job.name, after(milliseconds, begin));
  };

  const runOnce = async (name: JobName): Promise<void> => {
    try {
      await run(name);
    } catch (error) {
      onFailure(name, error);
    }
  };

  for (const job of jobs) runLater(job, FIRST_RUN_MS);
  return {
    async stop(graceMs) {
      stopped = true;
      for (const timer of waiting.values()) timer.cancel();
      if (running.size === 0) return;
      const { promise: enough, resolve } = Promise.withResolvers<void>();
      const patience = after(graceMs, resolve);
      await Promise.race([Promise.all(running.values()), enough]);
      patience.cancel();
    },
  };
};

const laterUnref: After = (milliseconds, call) => {
  const timer = setTimeout(call, milliseconds).unref();
  return { cancel: () => clearTimeout(timer) };
};
