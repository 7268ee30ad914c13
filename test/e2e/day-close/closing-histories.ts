import fc from "fast-check";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { type App, type AppOptions, createApp } from "../../support/app.ts";
import { closeAll, expectClosedDays, expectTrends } from "../../support/day-truth.ts";
import { type Command, forgetfulCommands, historyRuns, type Setting, settings } from "../../support/history.ts";
import { createWorld, drain, type World } from "../../support/history-world.ts";
import { expectSeatDays } from "../../support/seat-history-truth.ts";

const close = fc.record({ do: fc.constant("close" as const) });
const reap = fc.record({ do: fc.constant("reap" as const) });

type ClosingCommand = Command | { do: "close" } | { do: "reap" };

/** What happens in a history in which days are closed and operators given up at any time in between. */
const closingCommands: fc.Arbitrary<ClosingCommand> = fc.oneof(
  { weight: 12, arbitrary: forgetfulCommands },
  { weight: 3, arbitrary: close },
  { weight: 1, arbitrary: reap },
);

/** Lets all of a history happen, in its order. */
const runThrough = async (world: World, history: readonly ClosingCommand[]): Promise<void> => {
  for (const command of history) {
    if (command.do === "close") await world.app.invoke("dayClose");
    else if (command.do === "reap") await world.app.invoke("reaper");
    else await world.run(command);
  }
};

/**
 * Any history, all of whose events come through; a day later its days are closed, and have the numbers that a plain count
 * of its sessions gives. `look` is done in between, after the job has run once.
 */
export const expectHistoriesClosed = (
  options: Pick<AppOptions, "around">,
  look: (app: App, setting: Setting) => Promise<void> = async () => {},
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(settings, fc.array(closingCommands, { minLength: 5, maxLength: 60 }), async (setting, history) => {
      const app = await createApp({ ...options, env: { SEATS_ANCHOR_DAY: String(setting.anchorDay) } });
      try {
        const world = await createWorld(app, setting, { witnessed: false });
        await runThrough(world, history);
        await drain(world);
        await app.invoke("dayClose");
        await look(app, setting);
        await world.run({ do: "wait", ms: DAY_MS });
        await closeAll(app);
        await expectClosedDays(app);
        await expectSeatDays(app, setting.anchorDay);
        await expectTrends(app, setting.mode, { closed: true });
      } finally {
        await app.close();
      }
    }),
    { numRuns: historyRuns(4) },
  );
