import fc from "fast-check";
import { describe, it } from "vitest";
import { createApp } from "../../support/app.ts";
import { closeAll, expectClosedDays, expectTrends } from "../../support/day-truth.ts";
import { HISTORIES_TIMEOUT_MS, historyRuns, settings } from "../../support/history.ts";
import { createWorld, drain } from "../../support/history-world.ts";
import { closingCommands, runThrough } from "./closing-commands.ts";

describe("after any history of late, lost, revived and corrected sessions, with days closed at any time in between", () => {
  it(
    "every day that is over has the numbers that a plain count of its sessions gives",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          settings,
          fc.array(closingCommands, { minLength: 5, maxLength: 60 }),
          async (setting, history) => {
            const app = await createApp({ env: { SEATS_ANCHOR_DAY: String(setting.anchorDay) } });
            try {
              const world = await createWorld(app, setting, { witnessed: false });
              await runThrough(world, history);
              await drain(world);
              // Whose start was told days late and who still runs, the job's next run sees.
              await app.invoke("dayClose");
              await expectTrends(app, setting.mode, { closed: false });
              await world.run({ do: "wait", ms: 86_400_000 });
              await closeAll(app);
              await expectClosedDays(app);
              await expectTrends(app, setting.mode, { closed: true });
            } finally {
              await app.close();
            }
          },
        ),
        { numRuns: historyRuns(4) },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );
});
