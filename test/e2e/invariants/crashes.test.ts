import { describe, expect, it } from "vitest";
import { type App, createApp } from "../../support/app.ts";
import { firstPlace, strideOf } from "../../support/deep.ts";
import { type Crashing, crashing } from "../../support/faulty-table.ts";
import type { Setting } from "../../support/history.ts";
import { createWorld, drain, expectTruth, trueModel, type World } from "../../support/history-world.ts";

const MINUTE = 60_000;
/** Killed at every forty-sixth write, and with DEEP=1 at every one. */
const STRIDE = strideOf(46);
/** A hundred lives take their time where others are at work, too. */
const LONG_MS = 180_000;

const SETTING: Setting = {
  beginning: Date.parse("2026-11-30T23:40:00Z"),
  anchorDay: 30,
  seats: { maxSeats: 2, overageAllowed: false },
  mode: "ClientCertificate",
  skewsMs: [0],
};

/** A life of sessions with every kind of write in it, over a midnight that ends a month. */
const live = async ({ app, operators, run }: World): Promise<void> => {
  const [operator] = operators;
  if (operator === undefined) throw new Error("there is no operator");
  const start = (person: number, ci = false) =>
    run({ do: "start", operator: 0, person, target: 0, ci, delivery: "whole", asks: true });
  const beatIn = async (minutes: number) => {
    app.clock.now += minutes * MINUTE;
    await operator.beat();
  };
  await operator.beat();
  await start(0);
  await start(0);
  await start(2, true);
  await run({ do: "start", operator: 0, person: 2, target: 0, ci: false, delivery: "whole", asks: false });
  await beatIn(1);
  operator.stop("s1");
  await operator.tellEnd("s1");
  operator.stop("s2");
  operator.stop("s4");
  await beatIn(1);
  await start(0);
  await start(2);
  await beatIn(3);
  // Given up, and revived.
  operator.forget("s5");
  await beatIn(1);
  operator.remember("s5");
  await beatIn(1);
  // Given up, and ended after all.
  operator.forget("s6");
  await beatIn(1);
  operator.stop("s6");
  await beatIn(20);
  await run({ do: "had", operator: 0, person: 0, target: 0, ci: false, agoMs: 40 * MINUTE, lastedMs: MINUTE });
  await beatIn(1);
  // Adopted by the next process.
  operator.restart();
  await beatIn(4);
  operator.stop("s5");
  await operator.tellEnd("s5");
};

/** What was under way when the function was killed has no answer, whatever its last words were. */
const unanswered = (app: App, crash: Crashing): App => ({
  ...app,
  async call(...args) {
    const answer = await app.call(...args);
    if (!crash.killed()) return answer;
    crash.revive();
    return { ...answer, status: 504, text: "", json: undefined };
  },
});

const liveThrough = async (killAt: number, when: "before" | "after"): Promise<number> => {
  const crash = crashing();
  const app = await createApp({ env: { SEATS_ANCHOR_DAY: "30" }, around: crash.around });
  try {
    const world = await createWorld(unanswered(app, crash), SETTING, { witnessed: false });
    crash.killAt(killAt, when);
    await live(world);
    const writes = crash.writes();
    crash.revive();
    await drain(world);
    const truth = trueModel(world);
    await expectTruth(world, truth, [{}]);
    const { json } = await app.call("GET", "/api/v1/seats");
    expect(json.used, "seats of the two who worked").toBe(2);
    return writes;
  } finally {
    await app.close();
  }
};

describe("killed at any write", () => {
  it.each(["before", "after"] as const)(
    "%s it takes effect: the next call and the next heartbeat bring all to the truth, with no seat leaked",
    async (when) => {
      const writes = await liveThrough(Number.POSITIVE_INFINITY, when);
      expect(writes).toBeGreaterThan(30);
      for (let write = firstPlace(STRIDE); write <= writes; write += STRIDE)
        await liveThrough(write, when).catch((error: unknown) => {
          throw new Error(`killed ${when} write ${write}: ${error instanceof Error ? error.message : error}`, {
            cause: error,
          });
        });
    },
    LONG_MS,
  );
});
