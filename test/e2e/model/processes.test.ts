import fc from "fast-check";
import { describe, it } from "vitest";
import { HISTORIES_TIMEOUT_MS, historyRuns } from "../../support/history.ts";
import { liveProcesses, processActs } from "./processes.ts";

describe("after any history of an agent whose processes replace each other, without lists and with seats enforced or not", () => {
  it(
    "what runs is live, what is over has its true end, and exactly what must stop is named",
    () =>
      fc.assert(fc.asyncProperty(processActs, liveProcesses), {
        numRuns: historyRuns(8),
        endOnFailure: process.env["SHRINK"] !== "1",
      }),
    HISTORIES_TIMEOUT_MS,
  );
});
