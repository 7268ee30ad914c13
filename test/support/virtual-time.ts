import { setImmediate as tick } from "node:timers/promises";
import type { Pace } from "../../shared/store/retry.ts";

export type VirtualTime = Pace & {
  /** Runs work to its end; time passes whenever all of it only waits for time. */
  run<T>(work: Promise<T>): Promise<T>;
};

/** Time that costs none: it jumps to the next moment at which somebody wanted to be woken. */
export const virtualTime = (start: number, random: () => number): VirtualTime => {
  let now = start;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    random,
    sleep: (milliseconds) =>
      new Promise((wake) => {
        const at = now + milliseconds;
        // Most sleep the longest of all, so the place is looked for from the end.
        let place = sleepers.length;
        while (place > 0 && (sleepers[place - 1]?.at ?? at) > at) place -= 1;
        sleepers.splice(place, 0, { at, wake });
      }),
    async run(work) {
      const state = { done: false };
      const over = () => {
        state.done = true;
      };
      work.then(over, over);
      for (;;) {
        // Everything between two sleeps is settled promises.
        await tick();
        if (state.done) return work;
        const next = sleepers.shift();
        if (next === undefined) throw new Error("waits for something that is not time");
        now = next.at;
        next.wake();
      }
    },
  };
};
