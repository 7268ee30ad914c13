import { describe, expect, it } from "vitest";
import { inParallel } from "../../../shared/store/parallel.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("work in parallel of which one piece fails", () => {
  it("throws the failure only after all that began have ended, and begins nothing more", async () => {
    const began: number[] = [];
    const ended: number[] = [];
    const work = inParallel([1, 2, 3, 4, 5], 3, async (item) => {
      began.push(item);
      if (item === 1) throw new Error("the first");
      for (let turns = 0; turns < item; turns += 1) await turn();
      ended.push(item);
    });
    await expect(work).rejects.toThrow("the first");
    expect(began).toEqual([1, 2, 3]);
    expect(ended).toEqual([2, 3]);
  });
});
