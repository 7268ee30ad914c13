import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Pace, retrying } from "../../../shared/store/retry.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";

/** Time that passes in sleep alone, and a luck that is always the same. */
const paceOf = (luck: number) => {
  const state = { now: 0, slept: [] as number[] };
  const pace: Pace = {
    now: () => state.now,
    random: () => luck,
    sleep: async (milliseconds) => {
      state.slept.push(milliseconds);
      state.now += milliseconds;
    },
  };
  return { pace, state };
};

const FOREVER = Number.POSITIVE_INFINITY;

describe("retrying", () => {
  it("gives the first value, after as many attempts as it took, numbered from nought", async () => {
    const { pace } = paceOf(0.5);
    const numbers: number[] = [];
    const value = await retrying(pace, FOREVER, async (number) => {
      numbers.push(number);
      return number === 3 ? "done" : undefined;
    });
    expect(value).toBe("done");
    expect(numbers).toEqual([0, 1, 2, 3]);
  });

  it("never sleeps past the deadline, and tries at least once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: -10, max: 30_000 }),
        async (luck, deadline) => {
          const { pace, state } = paceOf(luck);
          let attempts = 0;
          const work = retrying(pace, deadline, async () => {
            attempts += 1;
            return undefined;
          });
          await expect(work).rejects.toThrow(StoreUnavailable);
          expect(attempts).toBeGreaterThanOrEqual(1);
          expect(state.now).toBeLessThanOrEqual(Math.max(0, deadline));
        },
      ),
    );
  });

  it("ends even where there is no deadline, and waits longer each time up to two seconds", async () => {
    const { pace, state } = paceOf(0.999);
    let attempts = 0;
    const work = retrying(pace, FOREVER, async () => {
      attempts += 1;
      return undefined;
    });
    await expect(work).rejects.toThrow(StoreUnavailable);
    expect(attempts).toBeLessThanOrEqual(40);
    expect(state.slept).toEqual(state.slept.toSorted((a, b) => a - b));
    expect(state.slept.at(-1)).toBeLessThan(2_000);
  });

  it("passes a failure on at once", async () => {
    const { pace, state } = paceOf(0.5);
    const work = retrying(pace, FOREVER, async () => {
      throw new TypeError("a defect");
    });
    await expect(work).rejects.toThrow("a defect");
    expect(state.slept).toEqual([]);
  });
});
