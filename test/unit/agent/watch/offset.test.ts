import { describe, expect, it } from "vitest";
import { createClockOffset } from "../../../../agent/watch/offset.ts";

const T0 = Date.parse("2026-11-02T09:00:00.000Z");

/** The `Date` of an answer: whole seconds. */
const dateAt = (time: number): number => Math.floor(time / 1_000) * 1_000;

describe("the offset to the API server", () => {
  it("comes within a tenth of a second of the truth, though dates have whole seconds", () => {
    const offset = createClockOffset();
    const truth = -73_456;
    for (let call = 0; call < 40; call += 1) {
      const sentAt = T0 + call * 7_777;
      offset.measure(dateAt(sentAt + 10 + truth), sentAt, sentAt + 20);
    }
    expect(Math.abs(offset.current() - truth)).toBeLessThan(100);
  });

  it("follows a clock that is set, at the first answer", () => {
    const offset = createClockOffset();
    for (let call = 0; call < 20; call += 1)
      offset.measure(dateAt(T0 + call * 7_777), T0 + call * 7_777, T0 + call * 7_777);
    const year = 365 * 24 * 3_600_000;
    const measured = offset.measure(dateAt(T0 + 200_000), T0 + 200_000 + year, T0 + 200_000 + year);
    expect(Math.abs((measured ?? 0) + year)).toBeLessThanOrEqual(1_000);
  });

  it("is not changed by an answer without a date", () => {
    const offset = createClockOffset();
    offset.measure(T0, T0, T0);
    expect(offset.measure(undefined, T0, T0)).toBeUndefined();
    expect(offset.current()).toBe(500);
  });
});
