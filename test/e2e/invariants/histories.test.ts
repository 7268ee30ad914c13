import fc from "fast-check";
import { describe, it } from "vitest";
import { createApp } from "../../support/app.ts";
import { commands, HISTORIES_TIMEOUT_MS, historyRuns, settings } from "../../support/history.ts";
import { createWorld, drain, expectTruth } from "../../support/history-world.ts";
import { expectSeats } from "../../support/witness.ts";

describe("after any history of operators that keep their events", () => {
  it(
    "every answer, the seats, the reports and the table are what the model of the specification says",
    async () => {
      await fc.assert(
        fc.asyncProperty(settings, fc.array(commands, { minLength: 5, maxLength: 60 }), async (setting, history) => {
          const app = await createApp({ env: { SEATS_ANCHOR_DAY: String(setting.anchorDay) } });
          try {
            const world = await createWorld(app, setting, { witnessed: true });
            for (const command of history) await world.run(command);
            await drain(world);
            await expectTruth(world, world.model);
            await expectSeats(app, world.model);
          } finally {
            await app.close();
          }
        }),
        { numRuns: historyRuns(3) },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );
});
