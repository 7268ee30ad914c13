import { describe, expect, it, vi } from "vitest";
import type { JobName } from "../../../shared/contract/functions.ts";
import { MINUTE_MS } from "../../../shared/contract/time.ts";
import { type After, FIRST_RUN_MS, startSchedule } from "../../../tools/local/schedule.ts";

/** Time that passes only when told to, and the timers in it. */
const fakeTime = () => {
  let now = 0;
  let timers: { at: number; call: () => void }[] = [];
  const after: After = (milliseconds, call) => {
    const timer = { at: now + milliseconds, call };
    timers.push(timer);
    return {
      cancel: () => {
        timers = timers.filter((other) => other !== timer);
      },
    };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (milliseconds: number): Promise<void> => {
    const until = now + milliseconds;
    await settle();
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      now = next.at;
      timers = timers.filter((other) => other !== next);
      next.call();
      await settle();
    }
    now = until;
    await settle();
  };
  return { after, pass, now: () => now, waiting: () => timers.length };
};

const NAME: JobName = "reaper";
const JOB = { name: NAME, everyMinutes: 60 };
const HOUR_MS = 60 * MINUTE_MS;

/** A job of which each run lasts until it is ended by hand. */
const slowJob = () => {
  const ends: (() => void)[] = [];
  return { run: () => new Promise<void>((resolve) => ends.push(resolve)), ends };
};

describe("the local schedule", () => {
  it("runs a job soon after the start, then as often as it says", async () => {
    const time = fakeTime();
    const runs: number[] = [];
    startSchedule({ jobs: [JOB], run: async () => runs.push(time.now()), onFailure: expect.unreachable, ...time });
    await time.pass(FIRST_RUN_MS - 1);
    expect(runs).toEqual([]);
    await time.pass(1 + 2 * HOUR_MS);
    expect(runs).toEqual([0, 1, 2].map((hours) => FIRST_RUN_MS + hours * HOUR_MS));
  });

  it("never runs a job beside itself, however long a run takes", async () => {
    const time = fakeTime();
    const { run, ends } = slowJob();
    startSchedule({ jobs: [JOB], run, onFailure: expect.unreachable, ...time });
    await time.pass(FIRST_RUN_MS + 5 * HOUR_MS);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await time.pass(HOUR_MS);
    expect(ends).toHaveLength(2);
  });

  it("tells of a run that fails, and comes again", async () => {
    const time = fakeTime();
    const failures: unknown[] = [];
    let runs = 0;
    const run = () => {
      runs += 1;
      if (runs === 1) throw new Error("at once");
      return runs === 2 ? Promise.reject(new Error("later")) : Promise.resolve();
    };
    startSchedule({ jobs: [JOB], run, onFailure: (name, error) => failures.push([name, String(error)]), ...time });
    await time.pass(FIRST_RUN_MS + 2 * HOUR_MS);
    expect(runs).toBe(3);
    expect(failures).toEqual([
      [NAME, "Error: at once"],
      [NAME, "Error: later"],
    ]);
  });

  it("runs nothing any more once it was stopped", async () => {
    const time = fakeTime();
    const schedule = startSchedule({
      jobs: [JOB],
      run: async () => expect.unreachable("it ran"),
      onFailure: expect.unreachable,
      ...time,
    });
    await schedule.stop(1_000);
    expect(time.waiting()).toBe(0);
    await time.pass(FIRST_RUN_MS + 2 * HOUR_MS);
  });

  it("waits for the run under way when it is stopped, and lets none follow it", async () => {
    const time = fakeTime();
    const { run, ends } = slowJob();
    const schedule = startSchedule({ jobs: [JOB], run, onFailure: expect.unreachable, ...time });
    await time.pass(FIRST_RUN_MS);
    let stopped = false;
    const stopping = schedule.stop(1_000).then(() => {
      stopped = true;
    });
    await time.pass(999);
    expect(stopped).toBe(false);
    ends[0]?.();
    await stopping;
    expect(time.waiting()).toBe(0);
    expect(ends).toHaveLength(1);
  });

  it("waits no longer than it is given", async () => {
    const time = fakeTime();
    const schedule = startSchedule({ jobs: [JOB], run: slowJob().run, onFailure: expect.unreachable, ...time });
    await time.pass(FIRST_RUN_MS);
    const stopping = schedule.stop(1_000);
    await time.pass(1_000);
    await expect(stopping).resolves.toBeUndefined();
  });

  it("keeps no process alive by its timers", async () => {
    const setTimeout = vi.spyOn(globalThis, "setTimeout");
    const schedule = startSchedule({ jobs: [JOB], run: async () => {}, onFailure: expect.unreachable });
    const timers = setTimeout.mock.results.map(({ value }) => value as NodeJS.Timeout);
    setTimeout.mockRestore();
    expect(timers.map((timer) => timer.hasRef())).toEqual([false]);
    await schedule.stop(0);
  });
});
