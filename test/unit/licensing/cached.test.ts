import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { cached, SourceUnavailable } from "../../../shared/licensing/cached.ts";

/** A source that answers with how often it was asked, or fails while it is `down`, each time after `tookMs`. */
const setUp = () => {
  const world = { now: 1_000_000, down: false, tookMs: 0, reads: 0, stale: [] as number[] };
  const get = cached(
    async () => {
      world.reads += 1;
      world.now += world.tookMs;
      if (world.down) throw new Error("down");
      return world.reads;
    },
    () => world.now,
    (_error, ageMs) => world.stale.push(ageMs),
  );
  return { world, get };
};

describe("a cached value", () => {
  it("is read again once it is 60 seconds old, and not before", async () => {
    const { world, get } = setUp();
    const values = [await get()];
    world.now += MINUTE_MS - 1;
    values.push(await get());
    world.now += 1;
    values.push(await get(), await get());
    expect(values).toEqual([1, 1, 2, 2]);
  });

  it("is as old as the question, not as the answer", async () => {
    const { world, get } = setUp();
    world.tookMs = 10 * SECOND_MS;
    await get();
    world.now += 50 * SECOND_MS;
    expect(await get()).toBe(2);
  });

  it("is read once for all who ask at the same time", async () => {
    const { world, get } = setUp();
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    world.now += MINUTE_MS;
    expect(await Promise.all([get(), get()])).toEqual([2, 2]);
    world.down = true;
    world.now += MINUTE_MS;
    expect(await Promise.all([get(), get()])).toEqual([2, 2]);
    expect(world.reads).toBe(3);
  });

  it("serves on for up to an hour while its source is down, and tells how old it is", async () => {
    const { world, get } = setUp();
    await get();
    world.down = true;
    world.now += HOUR_MS - 1;
    expect(await get()).toBe(1);
    expect(world.stale).toEqual([HOUR_MS - 1]);
    world.now += 1;
    await expect(get()).rejects.toBeInstanceOf(SourceUnavailable);
  });

  it("ends an hour after its reading, even in the pause after a failure", async () => {
    const { world, get } = setUp();
    await get();
    world.down = true;
    world.now += HOUR_MS - SECOND_MS;
    expect(await get()).toBe(1);
    world.now += SECOND_MS;
    await expect(get()).rejects.toBeInstanceOf(SourceUnavailable);
    expect(world.reads).toBe(2);
  });

  it("does not ask a source that is down more often than every 5 seconds, however long it takes to fail", async () => {
    const { world, get } = setUp();
    await get();
    world.down = true;
    world.tookMs = 10 * SECOND_MS;
    world.now += MINUTE_MS;
    await get();
    world.now += 5 * SECOND_MS - 1;
    await get();
    expect(world.reads).toBe(2);
    world.now += 1;
    await get();
    expect(world.reads).toBe(3);
  });

  it("is fresh again at once when the source is back", async () => {
    const { world, get } = setUp();
    await get();
    world.down = true;
    world.now += MINUTE_MS;
    await get();
    world.down = false;
    world.now += 5 * SECOND_MS;
    expect(await get()).toBe(3);
    world.now += MINUTE_MS - 1;
    expect(await get()).toBe(3);
  });

  it("that was never read is unavailable while its source is down, with the reason inside", async () => {
    const { world, get } = setUp();
    world.down = true;
    await expect(get()).rejects.toMatchObject({ name: "SourceUnavailable", cause: new Error("down") });
    await expect(get()).rejects.toMatchObject({ name: "SourceUnavailable", cause: new Error("down") });
    expect(world.reads).toBe(1);
    world.down = false;
    world.now += 5 * SECOND_MS;
    expect(await get()).toBe(2);
  });
});
