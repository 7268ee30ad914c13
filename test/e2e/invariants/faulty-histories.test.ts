import fc from "fast-check";
import { describe, it } from "vitest";
import { createApp } from "../../support/app.ts";
import { CLEAR, chance, lagging, stormy } from "../../support/faulty-table.ts";
import { forgetfulCommands, HISTORIES_TIMEOUT_MS, historyRuns, settings } from "../../support/history.ts";
import { createWorld, drain, expectTruth, trueModel } from "../../support/history-world.ts";

const histories = fc.array(forgetfulCommands, { minLength: 5, maxLength: 60 });

describe("once every event has come through", () => {
  it(
    "sessions that were lost, revived, adopted or replaced by their true end count once, and as they were",
    async () => {
      await fc.assert(
        fc.asyncProperty(settings, histories, fc.nat(3), async (setting, history, hidden) => {
          const lag = lagging();
          const app = await createApp({ env: { SEATS_ANCHOR_DAY: String(setting.anchorDay) }, around: lag.around });
          try {
            const world = await createWorld(app, setting, { witnessed: false });
            for (const command of history) {
              lag.state.hidden = hidden;
              await world.run(command);
            }
            lag.state.hidden = 0;
            await drain(world);
            await expectTruth(world, trueModel(world));
          } finally {
            await app.close();
          }
        }),
        { numRuns: historyRuns(2) },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );

  it(
    "conflicts and outages, before and after what they hit took effect, leave no trace",
    async () => {
      await fc.assert(
        fc.asyncProperty(settings, histories, fc.integer(), async (setting, history, seed) => {
          const storm = stormy(chance(seed), CLEAR);
          const app = await createApp({ env: { SEATS_ANCHOR_DAY: String(setting.anchorDay) }, around: storm.around });
          try {
            const world = await createWorld(app, setting, { witnessed: false });
            storm.state.weather = { conflict: 0.2, before: 0.05, after: 0.05 };
            for (const command of history) await world.run(command);
            storm.state.weather = CLEAR;
            await drain(world);
            await expectTruth(world, trueModel(world));
          } finally {
            await app.close();
          }
        }),
        { numRuns: historyRuns(2) },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );
});
