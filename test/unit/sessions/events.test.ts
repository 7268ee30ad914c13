import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionStartInput } from "../../../shared/contract/requests.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { endTime } from "../../../shared/sessions/end-time.ts";
import { ageFaults, CLOCK_TOLERANCE_MS, normalizeEnd, normalizeStart } from "../../../shared/sessions/events.ts";

const NOW = Date.parse("2026-11-10T12:00:00Z");
const RETENTION_DAYS = 30;

const startAt = (time: number): SessionStartInput => ({
  session_id: "s-1",
  instance_id: "op-1",
  started_at: time,
  ci: false,
  client: { id: "m1", hostname: "laptop", username: "ana", kubernetes_username: "ana@k8s" },
  target: { namespace: "shop", kind: "deployment", name: "checkout" },
});

const timing = (now: number, skewMs: number) => ({ now, sentAt: now + skewMs, retentionDays: RETENTION_DAYS });

const skew = fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS });
const smallSkew = fc.integer({ min: -CLOCK_TOLERANCE_MS, max: CLOCK_TOLERANCE_MS });
const age = fc.integer({ min: 0, max: 20 * DAY_MS });

const normalizedStart = (time: number, now: number, skewMs: number) => {
  const start = normalizeStart(startAt(time + skewMs), timing(now, skewMs));
  if (!start.ok) throw new Error(JSON.stringify(start.faults));
  return start.value;
};

const normalizedEnd = (time: number, now: number, skewMs: number, start?: SessionStartInput) => {
  const end = normalizeEnd("s-1", { ended_at: time + skewMs, ...(start && { start }) }, undefined, timing(now, skewMs));
  if (!end.ok) throw new Error(JSON.stringify(end.faults));
  return end.value;
};

describe("an operator's clock", () => {
  it("that is up to five minutes off is believed", () => {
    fc.assert(
      fc.property(smallSkew, age, (skewMs, ageMs) => {
        const { startedAt, shiftMs } = normalizedStart(NOW - ageMs, NOW, skewMs);
        expect([startedAt, shiftMs]).toEqual([NOW - ageMs + skewMs, 0]);
      }),
    );
  });

  it("that is further off has its starts and ends put right, however late either is reported", () => {
    fc.assert(
      fc.property(skew, skew, age, age, age, (skewMs, laterSkewMs, agoMs, lastedMs, lateMs) => {
        fc.pre(Math.abs(skewMs) > CLOCK_TOLERANCE_MS && Math.abs(laterSkewMs) > CLOCK_TOLERANCE_MS);
        const startedAt = NOW - agoMs;
        const start = normalizedStart(startedAt, NOW, skewMs);
        expect(start.startedAt).toBe(startedAt);
        const endedAt = startedAt + lastedMs;
        const now = Math.max(NOW, endedAt) + lateMs;
        expect(endTime(normalizedEnd(endedAt, now, laterSkewMs), start, now)).toEqual({ endedAt });
      }),
    );
  });

  it("never makes a duration wrong, whether the start came alone or in the end's own event", () => {
    fc.assert(
      fc.property(skew, age, (skewMs, lastedMs) => {
        const startedAt = NOW - lastedMs;
        const end = normalizedEnd(NOW, NOW, skewMs, startAt(startedAt + skewMs));
        for (const start of [end.start, normalizedStart(startedAt, NOW, skewMs)]) {
          if (start === undefined) throw new Error("the event carries its start");
          expect(endTime(end, start, NOW).endedAt - start.startedAt).toBe(lastedMs);
        }
      }),
    );
  });

  it("that is ahead shows without a `sent_at`, too: nothing starts in the future", () => {
    const start = normalizeStart(startAt(NOW + HOUR_MS), {
      now: NOW,
      sentAt: undefined,
      retentionDays: RETENTION_DAYS,
    });
    expect(start).toMatchObject({ ok: true, value: { startedAt: NOW, shiftMs: -HOUR_MS } });
  });
});

describe("an event", () => {
  it("is refused three days before retention would clean it up, and not before", () => {
    const oldest = NOW - (RETENTION_DAYS - 3) * DAY_MS;
    expect(ageFaults("ended_at", oldest, timing(NOW, 0))).toEqual([]);
    expect(ageFaults("ended_at", oldest - 1, timing(NOW, 0))).toMatchObject([{ path: "ended_at" }]);
    expect(normalizeStart(startAt(oldest - MINUTE_MS), timing(NOW, 0)).ok).toBe(false);
  });
});
