import type { JobName } from "../../shared/contract/functions.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";

/** Calls once, so much later, unless it is cancelled before; keeps no process alive. */
export type After = (milliseconds: number, call: () => void) => { cancel(): void };

export type ScheduleOptions = {
  jobs: readonly { name: JobName; everyMinutes: number }[];
  run: (name: JobName) => Promise<unknown>;
  /** Told of every run that failed; the next one comes all the same. */
  onFailure: (name: JobName, error: unknown) => void;
  after?: After;
};

export type Schedule = {
  /** Begins no more runs, and resolves when those under way have ended or `graceMs` is over. */
  stop(graceMs: number): Promise<void>;
};

/** Until the first run: long enough for operators that went on without the server to be heard of again. */
export const FIRST_RUN_MS = 2 * MINUTE_MS;

/**
 * Runs jobs by themselves, as the deployed schedules do: each soon, then again so long after its last run has ended. A job
 * never runs beside itself.
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
