import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { decideEnd } from "../../../shared/sessions/end-decision.ts";
import { normalizeEnd, normalizeStart } from "../../../shared/sessions/events.ts";
import type { SessionRecord } from "../../../shared/sessions/record.ts";

const START = Date.parse("2026-11-10T12:00:00Z");
const RETENTION_DAYS = 1_825;

/** What the clock is ahead of the server's by. */
const SKEWS = [0, 3, -4, 5, -5, 6, 30, -30, 180, -26 * 60, 400 * 24 * 60].map((minutes) => minutes * MINUTE_MS);
const DURATIONS = [0, 90 * SECOND_MS, 10 * MINUTE_MS, 45 * MINUTE_MS, 26 * HOUR_MS, 35 * DAY_MS, 36 * DAY_MS];
/** How long after the session's end it is reported. */
const DELAYS = [0, 20 * MINUTE_MS, 3 * DAY_MS];

const body = (startedAt: number) => ({
  session_id: "s-1",
  instance_id: "op-1",
  started_at: startedAt,
  ci: false,
  client: { id: "m1", hostname: "laptop", username: "ana", kubernetes_username: "ana@k8s" },
  target: { namespace: "shop", kind: "deployment", name: "checkout" },
});

type Case = { atStart: number; atEnd: number; lasted: number; delay: number };

/**
 * The rule in its own words: a start and an end are each shifted by the skew of their own request if that is more than five
 * minutes. An end before the start becomes the start; an end after the longest duration becomes that.
 */
const expected = ({ atStart, atEnd, lasted }: Case): { endedAt: number; clamped: string | undefined } => {
  const startedAt = START + (Math.abs(atStart) > 5 * MINUTE_MS ? 0 : atStart);
  const endedAt = START + lasted + (Math.abs(atEnd) > 5 * MINUTE_MS ? 0 : atEnd);
  if (endedAt < startedAt) return { endedAt: startedAt, clamped: "start" };
  const longest = startedAt + 35 * DAY_MS;
  return endedAt > longest ? { endedAt: longest, clamped: "longest" } : { endedAt, clamped: undefined };
};

const decided = ({ atStart, atEnd, lasted, delay }: Case) => {
  const started = normalizeStart(body(START + atStart), {
    now: START,
    sentAt: START + atStart,
    retentionDays: RETENTION_DAYS,
  });
  if (!started.ok) throw new Error(JSON.stringify(started.faults));
  const found: SessionRecord = { ...started.value, createdAt: START, state: "live" };
  const now = START + lasted + delay;
  const timing = { now, sentAt: now + atEnd, retentionDays: RETENTION_DAYS };
  const end = normalizeEnd("s-1", { ended_at: START + lasted + atEnd }, "op-1", timing);
  if (!end.ok) throw new Error(JSON.stringify(end.faults));
  const plan = decideEnd(end.value, found, 0, { now, deadline: now }, { retentionDays: RETENTION_DAYS });
  if (plan.kind !== "write") throw new Error(`the end of a known session came out as ${plan.kind}`);
  return plan.record;
};

const cases = SKEWS.flatMap((atStart) =>
  SKEWS.flatMap((atEnd) =>
    DURATIONS.flatMap((lasted) => DELAYS.map((delay): Case => ({ atStart, atEnd, lasted, delay }))),
  ),
);

describe("a session of an operator whose clock is set in between", () => {
  it("ends by the skew of its end's own request, whatever its start's was, and is never refused", () => {
    for (const one of cases) {
      const { endedAt, clamped } = decided(one);
      expect({ endedAt, clamped }, JSON.stringify(one)).toEqual(expected(one));
    }
  });

  it("has its true duration to the second where both skews are over five minutes, else within five minutes each", () => {
    for (const one of cases) {
      const { seconds } = decided(one);
      const truth = Math.min(one.lasted, 35 * DAY_MS) / SECOND_MS;
      const slack = [one.atStart, one.atEnd].reduce(
        (sum, skew) => sum + (Math.abs(skew) > 5 * MINUTE_MS ? 0 : Math.abs(skew) / SECOND_MS),
        0,
      );
      expect(Math.abs(seconds - truth), JSON.stringify(one)).toBeLessThanOrEqual(slack);
    }
  });
});
