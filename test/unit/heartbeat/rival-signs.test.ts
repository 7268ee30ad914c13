import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { noteBeat } from "../../../shared/heartbeat/note-beat.ts";
import { digestOf } from "../../../shared/operators/live-set.ts";
import { isShared } from "../../../shared/operators/rival.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const START = Date.parse("2026-11-10T12:00:00Z");
const STALE_MS = 3 * MINUTE_MS;

/** A heartbeat on its way: when it was sent and arrived, by the server's clock, and what is in it. */
type Packet = { seq: number; sentAt: number; arrivesAt: number; listed: readonly string[] };

/** Delivers packets in the order of their arrival; gives whether two processes were seen after any of them. */
const seesTwo = async (packets: readonly Packet[]): Promise<boolean> => {
  const deps = { table: createMemoryTable(), staleMs: STALE_MS };
  let seen = false;
  for (const { seq, sentAt, arrivesAt, listed } of packets.toSorted((one, other) => one.arrivesAt - other.arrivesAt)) {
    const about = {
      ...{ version: "3.130.0", cluster: undefined, clusterId: undefined, agent: undefined },
      ...{ fingerprint: undefined, leaseUntil: undefined },
    };
    const sign = { instanceId: "op-1", ...about, now: arrivesAt };
    const { operator } = await noteBeat(deps, sign, { seq, sentAt, digest: digestOf(listed) });
    seen ||= isShared(operator, STALE_MS, arrivesAt);
  }
  return seen;
};

const skews = fc.constantFrom(0, 20_000, -20_000, 4 * MINUTE_MS, -4 * MINUTE_MS, 3 * HOUR_MS, -3 * HOUR_MS);
const lists = fc.constantFrom<readonly string[]>(["a"], ["b"], ["a", "b"], ["c"]);
const beats = fc.array(
  fc.record({
    pauseMs: fc.integer({ min: 1, max: 2 * MINUTE_MS }),
    delayMs: fc.integer({ min: 0, max: 20 * MINUTE_MS }),
    listed: lists,
  }),
  { minLength: 5, maxLength: 60, size: "max" },
);

/** One process; from `changesAt` on it numbers anew, or its clock is another. */
const oneProcess = (
  sent: readonly { pauseMs: number; delayMs: number; listed: readonly string[] }[],
  skewMs: number,
  change: { at: number; numbersFrom: number | undefined; skewMs: number } | undefined,
): Packet[] => {
  let [now, seq] = [START, 100];
  return sent.map(({ pauseMs, delayMs, listed }, place) => {
    const isChanged = change !== undefined && place >= change.at;
    if (change !== undefined && place === change.at) seq = change.numbersFrom ?? seq;
    now += pauseMs;
    seq += 1;
    return { seq, sentAt: now + (isChanged ? change.skewMs : skewMs), arrivesAt: now + delayMs, listed };
  });
};

describe("one process is never taken for two", () => {
  it("however late its heartbeats arrive, and whatever its clock is off by", async () => {
    await fc.assert(
      fc.asyncProperty(beats, skews, async (sent, skewMs) => {
        expect(await seesTwo(oneProcess(sent, skewMs, undefined))).toBe(false);
      }),
    );
  });

  it("when it restarts once without registering, its heartbeats in order", async () => {
    await fc.assert(
      fc.asyncProperty(beats, skews, fc.nat(60), fc.constantFrom(0, 50, 99, 1_000), async (sent, skewMs, at, from) => {
        const inOrder = sent.map((one) => ({ ...one, delayMs: 0 }));
        expect(await seesTwo(oneProcess(inOrder, skewMs, { at, numbersFrom: from, skewMs }))).toBe(false);
      }),
    );
  });

  it("when its clock is set once, its heartbeats in order", async () => {
    await fc.assert(
      fc.asyncProperty(beats, skews, skews, fc.nat(60), async (sent, before, after, at) => {
        const inOrder = sent.map((one) => ({ ...one, delayMs: 0 }));
        expect(await seesTwo(oneProcess(inOrder, before, { at, numbersFrom: undefined, skewMs: after }))).toBe(false);
      }),
    );
  });
});

it("two processes are seen as two, whatever their numbers and clocks, once their clocks' difference has passed three times", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(2_000),
      fc.nat(2_000),
      fc.integer({ min: -20 * MINUTE_MS, max: 20 * MINUTE_MS }),
      fc.integer({ min: 1, max: MINUTE_MS - 1 }),
      async (seq, otherSeq, skewMs, phaseMs) => {
        const packets = Array.from({ length: 70 }, (_, beat) => START + beat * MINUTE_MS).flatMap((at, beat) => [
          { seq: seq + beat, sentAt: at, arrivesAt: at, listed: ["a"] },
          { seq: otherSeq + beat, sentAt: at + phaseMs + skewMs, arrivesAt: at + phaseMs, listed: ["b"] },
        ]);
        expect(await seesTwo(packets)).toBe(true);
      },
    ),
    // Equal numbers sent at equal times, nine heartbeats apart: only the lists differ.
    { examples: [[9, 0, -571_814, 31_814]] },
  );
});

it("two processes are seen as two after three heartbeats each, if their clocks are right", async () => {
  const packets = [0, 1, 2, 3].flatMap((beat) => [
    { seq: 1_000 + beat, sentAt: START + beat * MINUTE_MS, arrivesAt: START + beat * MINUTE_MS, listed: ["a"] },
    {
      seq: 1 + beat,
      sentAt: START + (beat + 0.5) * MINUTE_MS,
      arrivesAt: START + (beat + 0.5) * MINUTE_MS,
      listed: ["b"],
    },
  ]);
  expect(await seesTwo(packets.slice(0, 5))).toBe(false);
  expect(await seesTwo(packets.slice(0, 6))).toBe(true);
  // Signs that are far apart are no signs.
  expect(await seesTwo(packets.map((one, place) => ({ ...one, arrivesAt: one.arrivesAt + place * DAY_MS })))).toBe(
    false,
  );
});
