import { describe, it } from "vitest";
import { expectTrends } from "../../support/day-truth.ts";
import { HISTORIES_TIMEOUT_MS } from "../../support/history.ts";
import { expectHistoriesClosed } from "./closing-histories.ts";

describe("after any history of late, lost, revived and corrected sessions, with days closed at any time in between", () => {
  it(
    "every day that is over has the numbers that a plain count of its sessions gives",
    () =>
      // Whose start was told days late and who still runs, the job's next run sees.
      expectHistoriesClosed({}, (app, { mode }) => expectTrends(app, mode, { closed: false })),
    HISTORIES_TIMEOUT_MS,
  );
});
